// Prints the sections of a program's functions in the order in which these are first called, in the program's processes
// and threads: order PROGRAM [ARGUMENT ...]. The linker puts them side by side then (the Makefile says why). `+` among the
// arguments begins those of another run.
//
// Each function begins with a breakpoint, which is taken out when it is met first. Exits with 1 if that is not allowed
// here, or if the program fails.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define BREAKPOINT 0xcc

typedef struct function {
  uint64_t address;
  const char *name;
  bool is_printed;
} function;

static const char *file;
static struct stat file_status;
static const Elf64_Shdr *text;
static function *functions;
static size_t count;
static uint8_t *patched;  // the code with a breakpoint at the start of each function

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int by_address(const void *a, const void *b) {
  uint64_t x = ((const function *)a)->address, y = ((const function *)b)->address;
  return (x > y) - (x < y);
}

static const uint8_t *code(void) { return (const uint8_t *)file + text->sh_offset; }

static void read_program(const char *path) {
  int descriptor = open(path, O_RDONLY);
  if (descriptor < 0 || fstat(descriptor, &file_status) != 0) fail(path);
  file = mmap(NULL, (size_t)file_status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (file == MAP_FAILED) fail(path);
  const Elf64_Ehdr *header = (const void *)file;
  const Elf64_Shdr *sections = (const void *)(file + header->e_shoff), *symbols = NULL;
  const char *names = file + sections[header->e_shstrndx].sh_offset;
  for (int i = 0; i < header->e_shnum; i++) {
    if (strcmp(names + sections[i].sh_name, ".text") == 0) text = sections + i;
    if (sections[i].sh_type == SHT_SYMTAB) symbols = sections + i;
  }
  if (!text || !symbols || header->e_type != ET_EXEC) fail("a program with a fixed address and symbols is needed");
  const Elf64_Sym *symbol = (const void *)(file + symbols->sh_offset), *end = symbol + symbols->sh_size / sizeof *symbol;
  functions = calloc((size_t)(end - symbol), sizeof *functions);
  patched = malloc(text->sh_size);
  if (!functions || !patched) fail("malloc");
  memcpy(patched, code(), text->sh_size);
  for (; symbol < end; symbol++) {
    if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_value - text->sh_addr >= text->sh_size) continue;
    functions[count++] = (function){symbol->st_value, file + sections[symbols->sh_link].sh_offset + symbol->st_name, false};
    patched[symbol->st_value - text->sh_addr] = BREAKPOINT;
  }
  qsort(functions, count, sizeof *functions, by_address);
}

static void write_memory(pid_t process, uint64_t address, const void *bytes, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", process);
  int memory = open(path, O_WRONLY);
  if (memory < 0 || pwrite(memory, bytes, size, (off_t)address) != (ssize_t)size) fail("pwrite");
  close(memory);
}

// Whether the process runs the program, and not another one.
static bool runs_program(pid_t process) {
  char path[64];
  struct stat status;
  snprintf(path, sizeof path, "/proc/%d/exe", process);
  return stat(path, &status) == 0 && status.st_ino == file_status.st_ino && status.st_dev == file_status.st_dev;
}

// Removes the breakpoint that the thread has met, and prints the functions that begin there. False: there is none.
static bool pass(pid_t thread) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0) return true;  // it has been killed
  function key = {.address = registers.rip - 1};
  function *found = bsearch(&key, functions, count, sizeof key, by_address);
  if (!found || !runs_program(thread)) return false;
  while (found > functions && found[-1].address == key.address) found--;
  write_memory(thread, key.address, code() + (key.address - text->sh_addr), 1);
  for (; found < functions + count && found->address == key.address; found++) {
    if (!found->is_printed) printf(".text.%s\n.text.unlikely.%s\n", found->name, found->name);
    found->is_printed = true;
  }
  registers.rip--;
  ptrace(PTRACE_SETREGS, thread, NULL, &registers);
  return true;
}

// Lets the thread go on after it has stopped with that status.
static void go_on(pid_t thread, int status) {
  int signal = WSTOPSIG(status), event = status >> 16;
  if (event == PTRACE_EVENT_EXEC && runs_program(thread)) write_memory(thread, text->sh_addr, patched, text->sh_size);
  if (event || signal == SIGSTOP || (signal == SIGTRAP && pass(thread))) signal = 0;
  ptrace(PTRACE_CONT, thread, NULL, (void *)(intptr_t)signal);
}

// Runs the program to its end. Returns its exit status.
static int run(char **argv) {
  pid_t first = fork();
  if (first < 0) fail("fork");
  if (first == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) fail("ptrace");
    raise(SIGSTOP);
    execv(argv[0], argv);
    fail("execv");
  }
  int status, exit_status = 1;
  if (waitpid(first, &status, 0) != first || !WIFSTOPPED(status)) return 1;
  ptrace(PTRACE_SETOPTIONS, first, NULL,
         (void *)(PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL));
  ptrace(PTRACE_CONT, first, NULL, NULL);
  for (pid_t thread; (thread = waitpid(-1, &status, __WALL)) > 0;) {
    if (WIFSTOPPED(status)) go_on(thread, status);
    else if (thread == first) exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
  return exit_status;
}

int main(int argc, char **argv) {
  if (argc < 2) return 1;
  read_program(argv[1]);
  puts(".text.startup");
  char **words = argv + 1;
  for (int i = 2; i <= argc; i++) {
    if (i < argc && strcmp(argv[i], "+") != 0) continue;
    argv[i] = NULL;
    int status = run(words);
    if (status != 0) return status;
    argv[i] = argv[1];
    words = argv + i;
  }
  return 0;
}
