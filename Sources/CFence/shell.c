// os.execute and io.popen, with what stock Lua's return. The shell gets the three standard streams and no other descriptor,
// and signals as any program that is started here. After Lua 5.4's loslib.c and liolib.c.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Between the moment at which a child begins to exist and its program it has copies of all our descriptors. A file that
// was open for writing then cannot be run meanwhile. So one child at a time is started, and whoever starts a program that
// has just been written finds no other child on its way.
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

void fence_begin_start(void) { pthread_mutex_lock(&starting); }
void fence_end_start(void) { pthread_mutex_unlock(&starting); }

// MARK: - Keys of the terminal
//
// While os.execute waits, Ctrl-C and Ctrl-\ are for the command. Where luaconc catches these signals, it drops those that
// a key has sent. In a host that leaves them alone they are ignored meanwhile, as the C library's `system` does it.

static const int keys[] = {SIGINT, SIGQUIT};
static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;
static int waiting;
static bool ignores[2];  // we do: it was not ignored before

IN_SIGNAL bool fence_waits_for_shell(void) { return __atomic_load_n(&waiting, __ATOMIC_RELAXED) > 0; }

static void set_keys(bool are_ignored) {
  for (int i = 0; i < 2; i++) {
    struct sigaction now;
    if (sigaction(keys[i], NULL, &now) != 0 || (now.sa_flags & SA_SIGINFO)) continue;
    if (are_ignored ? now.sa_handler == SIG_DFL : ignores[i] && now.sa_handler == SIG_IGN) {
      ignores[i] = are_ignored;
      signal(keys[i], are_ignored ? SIG_IGN : SIG_DFL);
    }
  }
}

static void begin_waiting(void) {
  pthread_mutex_lock(&waiting_lock);
  if (__atomic_add_fetch(&waiting, 1, __ATOMIC_RELAXED) == 1 && !fence_owns_process()) set_keys(true);
  pthread_mutex_unlock(&waiting_lock);
}

static void end_waiting(void) {
  pthread_mutex_lock(&waiting_lock);
  if (__atomic_sub_fetch(&waiting, 1, __ATOMIC_RELAXED) == 0 && !fence_owns_process()) set_keys(false);
  pthread_mutex_unlock(&waiting_lock);
}

static bool stays_ignored(int number) {
  if (number != SIGHUP && number != SIGINT && number != SIGQUIT) return false;
  for (int i = 0; i < 2; i++)
    if (keys[i] == number && ignores[i]) return false;
  return fence_is_ignored(number);
}

// MARK: - The shell

// Runs the command; `descriptor` becomes its stream `stream` unless that is negative. 0 or an error number.
static int start(const char *command, int descriptor, int stream, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&files);
  if (error) return error;
  if (!(error = posix_spawnattr_init(&attributes))) {
    sigset_t mask, fresh;
    sigemptyset(&mask);
    sigfillset(&fresh);
    for (int i = SIGHUP; i <= SIGQUIT; i++)
      if (stays_ignored(i)) sigdelset(&fresh, i);
    posix_spawnattr_setsigmask(&attributes, &mask);
    posix_spawnattr_setsigdefault(&attributes, &fresh);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (stream >= 0) error = posix_spawn_file_actions_adddup2(&files, descriptor, stream);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    char *words[] = {"sh", "-c", (char *)command, NULL};
    fence_begin_start();
    if (!error) error = posix_spawn(pid, "/bin/sh", &files, &attributes, words, environ);
    fence_end_start();
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return error;
}

// The wait status, or -1 with errno.
static int wait_for(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  errno = 0;
  return status;
}

static int os_execute(lua_State *L) {
  const char *command = luaL_optstring(L, 1, NULL);
  pid_t pid;
  int status = -1;
  begin_waiting();
  int error = start(command ? command : "exit 0", -1, -1, &pid);
  if (error)
    errno = error;
  else
    status = wait_for(pid);
  error = errno;
  end_waiting();
  errno = error;
  if (command) return luaL_execresult(L, status);
  lua_pushboolean(L, status == 0);
  return 1;
}

typedef struct shell_stream {
  luaL_Stream stream;  // what liolib and others know of it
  pid_t pid;
} shell_stream;

static int close_stream(lua_State *L) {
  shell_stream *s = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  fclose(s->stream.f);
  return luaL_execresult(L, wait_for(s->pid));
}

static FILE *open_stream(const char *command, bool reads, pid_t *pid) {
  int ends[2];
  if (fence_pipe(ends) != 0) return NULL;
  int ours = ends[reads ? 0 : 1], theirs = ends[reads ? 1 : 0];
  FILE *f = fdopen(ours, reads ? "r" : "w");
  int error = f ? start(command, theirs, reads ? STDOUT_FILENO : STDIN_FILENO, pid) : errno;
  close(theirs);
  if (!error) return f;
  if (f) fclose(f);
  else close(ours);
  errno = error;
  return NULL;
}

static int io_popen(lua_State *L) {
  const char *command = luaL_checkstring(L, 1), *mode = luaL_optstring(L, 2, "r");
  shell_stream *s = lua_newuserdatauv(L, sizeof *s, 0);
  s->stream.closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  luaL_argcheck(L, (*mode == 'r' || *mode == 'w') && mode[1] == 0, 2, "invalid mode");
  fence_flush(stdout);
  fflush(NULL);
  s->stream.f = open_stream(command, *mode == 'r', &s->pid);
  s->stream.closef = close_stream;
  return s->stream.f ? 1 : luaL_fileresult(L, 0, command);
}

void fence_open_shell(lua_State *L) {
  lua_getglobal(L, LUA_OSLIBNAME);
  lua_pushcfunction(L, os_execute);
  lua_setfield(L, -2, "execute");
  lua_getglobal(L, LUA_IOLIBNAME);
  lua_pushcfunction(L, io_popen);
  lua_setfield(L, -2, "popen");
  lua_pop(L, 2);
}
