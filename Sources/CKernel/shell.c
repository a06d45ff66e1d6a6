// Commands for the shell, for os.execute and io.popen. The shell gets the three standard streams and no other
// descriptor, and the same signals as any program that is started here.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Until a child becomes its program it has copies of all our descriptors. A file that was open for writing cannot be
// run meanwhile. So children are started one at a time: then a program that was just written can be started, since no
// other child has it open.
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

void system_begin_start(void) { pthread_mutex_lock(&starting); }
void system_end_start(void) { pthread_mutex_unlock(&starting); }

// MARK: - Keys of the terminal
//
// While os.execute waits, Ctrl-C and Ctrl-\ are for the command. If luaconc owns the process and catches these
// signals, it drops those that a key has sent. In a host they are ignored meanwhile, as by the C library's `system`.

static const int keys[] = {SIGINT, SIGQUIT};
static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;
static int waiting;
static bool ignores[2];  // this file has set it to be ignored

IN_SIGNAL bool system_waits_for_shell(void) { return __atomic_load_n(&waiting, __ATOMIC_RELAXED) > 0; }

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
  if (__atomic_add_fetch(&waiting, 1, __ATOMIC_RELAXED) == 1 && !system_owns_process()) set_keys(true);
  pthread_mutex_unlock(&waiting_lock);
}

static void end_waiting(void) {
  pthread_mutex_lock(&waiting_lock);
  if (__atomic_sub_fetch(&waiting, 1, __ATOMIC_RELAXED) == 0 && !system_owns_process()) set_keys(false);
  pthread_mutex_unlock(&waiting_lock);
}

static bool stays_ignored(int number) {
  if (number != SIGHUP && number != SIGINT && number != SIGQUIT) return false;
  for (int i = 0; i < 2; i++)
    if (keys[i] == number && ignores[i]) return false;
  return system_is_ignored(number);
}

// MARK: - The shell

// Starts the command. `descriptor` becomes its stream `stream`, unless that is negative. Returns 0 or an error number.
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
    system_begin_start();
    unsigned long slack = (unsigned long)prctl(PR_GET_TIMERSLACK), usual = system_usual_slack();
    if (usual) prctl(PR_SET_TIMERSLACK, usual);
    if (!error) error = posix_spawn(pid, "/bin/sh", &files, &attributes, words, environ);
    if (usual) prctl(PR_SET_TIMERSLACK, slack);
    system_end_start();
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return error;
}

int system_wait_for_command(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  errno = 0;
  return status;
}

int system_run_command(const char *command) {
  pid_t pid;
  int status = -1;
  begin_waiting();
  int error = start(command, -1, -1, &pid);
  if (error)
    errno = error;
  else
    status = system_wait_for_command(pid);
  error = errno;
  end_waiting();
  errno = error;
  return status;
}

FILE *system_open_command(const char *command, bool reads, pid_t *pid) {
  int ends[2];
  if (system_pipe(ends) != 0) return NULL;
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
