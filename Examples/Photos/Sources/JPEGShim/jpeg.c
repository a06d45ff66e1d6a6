#include "JPEGShim.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct failure {
  struct jpeg_error_mgr base;
  jmp_buf place;
  char *message;
} failure;

static void fail(j_common_ptr info) {
  failure *failure = (struct failure *)info->err;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(failure->message, JPEG_MESSAGE, "%s", text);
  longjmp(failure->place, 1);
}

static void keep_quiet(j_common_ptr info) {}

static struct jpeg_error_mgr *report_to(failure *failure, char *message) {
  struct jpeg_error_mgr *base = jpeg_std_error(&failure->base);
  base->error_exit = fail;
  base->output_message = keep_quiet;
  failure->message = message;
  return base;
}

bool jpeg_decode(const uint8_t *bytes, size_t count, jpeg_picture *picture, char *message) {
  struct jpeg_decompress_struct info;
  failure failure;
  picture->pixels = NULL;
  info.err = report_to(&failure, message);
  if (setjmp(failure.place)) {
    jpeg_destroy_decompress(&info);
    free(picture->pixels);
    picture->pixels = NULL;
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  picture->width = info.output_width;
  picture->height = info.output_height;
  size_t row = (size_t)info.output_width * 3;
  picture->pixels = malloc(row * info.output_height);
  if (!picture->pixels) {
    snprintf(message, JPEG_MESSAGE, "not enough memory");
    jpeg_destroy_decompress(&info);
    return false;
  }
  while (info.output_scanline < info.output_height) {
    JSAMPROW rows[] = {picture->pixels + row * info.output_scanline};
    jpeg_read_scanlines(&info, rows, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

bool jpeg_encode(const jpeg_picture *picture, int quality, uint8_t **bytes, size_t *count, char *message) {
  struct jpeg_compress_struct info;
  failure failure;
  unsigned long size = 0;
  *bytes = NULL;
  info.err = report_to(&failure, message);
  if (setjmp(failure.place)) {
    jpeg_destroy_compress(&info);
    free(*bytes);
    *bytes = NULL;
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, bytes, &size);
  info.image_width = picture->width;
  info.image_height = picture->height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW rows[] = {picture->pixels + (size_t)picture->width * 3 * info.next_scanline};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  *count = size;
  jpeg_destroy_compress(&info);
  return true;
}
