// The Lua module `fork`: what modules for POSIX have. `fork()` gives 0 in the copy, the copy's number else; `wait(pid)`
// gives its exit status, or minus its signal, and "late" when it has not ended within 20 s: then it is killed.
#include <lauxlib.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fork_from_lua(lua_State *L) {
  lua_pushinteger(L, fork());
  return 1;
}

static int wait_from_lua(lua_State *L) {
  pid_t pid = (pid_t)luaL_checkinteger(L, 1);
  int status = 0;
  static const struct timespec pause = {0, 5000000};
  for (int i = 0; i < 4000; i++) {
    if (waitpid(pid, &status, WNOHANG) == pid) {
      lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
      return 1;
    }
    nanosleep(&pause, NULL);
  }
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  lua_pushliteral(L, "late");
  return 1;
}

static int leave(lua_State *L) { _exit((int)luaL_checkinteger(L, 1)); }

int luaopen_fork(lua_State *L) {
  static const luaL_Reg functions[] = {{"fork", fork_from_lua}, {"wait", wait_from_lua}, {"leave", leave}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
