// libjpeg reports errors by a jump, which must not cross a frame of Swift: here the jump ends, and an error is a result.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JPEG_MESSAGE 200

/// The pixels from the top left on, row by row, as red, green and blue.
typedef struct jpeg_picture {
  uint32_t width, height;
  uint8_t *pixels;
} jpeg_picture;

/// Decodes a file. False: `message` (JPEG_MESSAGE bytes) says why. `pixels` is to be freed.
bool jpeg_decode(const uint8_t *bytes, size_t count, jpeg_picture *picture, char *message);

/// Encodes a picture. False: `message` (JPEG_MESSAGE bytes) says why. `*bytes` is to be freed.
bool jpeg_encode(const jpeg_picture *picture, int quality, uint8_t **bytes, size_t *count, char *message);
