// The state of a process at its start and at its end: streams, signals and the terminal.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static bool owned;

bool system_owns_process(void) { return owned; }

void system_accept_inheritance(void) {
  owned = true;
  for (int i = 0; i <= 2; i++)  // the lowest free number is this one
    if (fcntl(i, F_GETFD) < 0) (void)!open("/dev/null", i == 0 ? O_WRONLY : O_RDONLY);
  static const int needed[] = {SIGCHLD, SIGPIPE};
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    if (system_is_ignored(needed[i])) signal(needed[i], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, NULL);
}

// MARK: - The terminal

static struct {
  bool is_terminal;
  struct termios settings;
} found[3];

// Makes only system calls: signal handlers call this.
IN_SIGNAL void system_restore_terminal(void) {
  int saved = errno;
  for (int i = 0; i <= 2; i++) {
    if (!found[i].is_terminal || tcgetpgrp(i) != getpgrp()) continue;
    struct termios now;
    const struct termios *then = &found[i].settings;
    if (tcgetattr(i, &now) != 0) continue;
    bool same = now.c_iflag == then->c_iflag && now.c_oflag == then->c_oflag && now.c_cflag == then->c_cflag
        && now.c_lflag == then->c_lflag;
    for (int k = 0; k < NCCS && same; k++) same = now.c_cc[k] == then->c_cc[k];
    if (!same) tcsetattr(i, TCSANOW, then);
  }
  errno = saved;
}

// The handler of signals by which a process ends after a fault, or when its reader has gone. It is removed when it is
// called (SA_RESETHAND), so `raise` ends the process.
IN_SIGNAL static void restore_and_die(int number, siginfo_t *info, void *context) {
  (void)info, (void)context;
  system_restore_terminal();
  raise(number);
}

bool system_ends_with_reader(void) {
  struct sigaction now;
  if (!owned || sigaction(SIGPIPE, NULL, &now) != 0) return false;
  if (now.sa_flags & SA_SIGINFO) return now.sa_sigaction == restore_and_die;
  return now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN;  // a module has ignored it, or this thread blocks it
}

void system_remember_terminal(void) {
  bool any = false;
  for (int i = 0; i <= 2; i++) {
    struct stat status;
    if (fstat(i, &status) != 0) continue;
    // The program at the other end of a pipe, such as a pager, may be changing the terminal's settings.
    if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
      for (int k = 0; k <= 2; k++) found[k].is_terminal = false;
      return;
    }
    if (!S_ISCHR(status.st_mode)) continue;
    found[i].is_terminal = tcgetattr(i, &found[i].settings) == 0;
    any = any || found[i].is_terminal;
  }
  if (!any) return;
  atexit(system_restore_terminal);
  static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT, SIGPIPE};
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
    struct sigaction now;
    if (sigaction(deadly[i], NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_DFL)
      system_handle(deadly[i], restore_and_die, SA_RESETHAND, NULL);
  }
}
