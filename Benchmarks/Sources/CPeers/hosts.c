// A C program that embeds Lua as the manual says: the floor of the host functions, objects and runtimes of Swift. The
// same work in Swift is in Benchmarks/Embedding.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "peers.h"

static int add(lua_State *L) {
    lua_pushinteger(L, luaL_checkinteger(L, 1) + luaL_checkinteger(L, 2));
    return 1;
}

static int counter_add(lua_State *L) {
    lua_Integer *value = luaL_checkudata(L, 1, "Counter");
    *value += luaL_checkinteger(L, 2);
    lua_pushinteger(L, *value);
    return 1;
}

static int counter(lua_State *L) {
    lua_Integer *value = lua_newuserdatauv(L, sizeof *value, 0);
    *value = 0;
    luaL_setmetatable(L, "Counter");
    return 1;
}

struct point {
    double x, y;
    char name[32];
};

static int read_point(lua_State *L) {
    struct point point;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "x");
    point.x = luaL_checknumber(L, -1);
    lua_getfield(L, 1, "y");
    point.y = luaL_checknumber(L, -1);
    lua_getfield(L, 1, "name");
    snprintf(point.name, sizeof point.name, "%s", luaL_checkstring(L, -1));
    lua_pushnumber(L, point.x);
    return 1;
}

static int write_point(lua_State *L) {
    struct point point = {luaL_checknumber(L, 1), 2, "point"};
    lua_createtable(L, 0, 3);
    lua_pushnumber(L, point.x);
    lua_setfield(L, -2, "x");
    lua_pushnumber(L, point.y);
    lua_setfield(L, -2, "y");
    lua_pushstring(L, point.name);
    lua_setfield(L, -2, "name");
    return 1;
}

static lua_State *open_state(void) {
    lua_State *L = luaL_newstate();
    check(L != NULL, "no memory for a Lua state");
    luaL_openlibs(L);
    return L;
}

static lua_State *open_host(void) {
    static const luaL_Reg functions[] = {
        {"add", add}, {"counter", counter}, {"read", read_point}, {"write", write_point}, {NULL, NULL}};
    lua_State *L = open_state();
    luaL_newmetatable(L, "Counter");
    lua_newtable(L);
    lua_pushcfunction(L, counter_add);
    lua_setfield(L, -2, "add");
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    lua_setglobal(L, "probe");
    return L;
}

// What one turn of a loop takes, without what the empty loop takes: the best of ten passes.
static void figure(long n, const char *prepare, const char *body, const char *test) {
    char chunk[1024];
    snprintf(chunk, sizeof chunk,
             "local clock, n, best = os.clock, %ld, math.huge\n"
             "for pass = 1, 11 do\n"
             "  %s\n"
             "  local start = clock()\n"
             "  for i = 1, n do %s end\n"
             "  local spent = clock() - start\n"
             "  start = clock()\n"
             "  for i = 1, n do end\n"
             "  spent = spent - (clock() - start)\n"
             "  assert(%s)\n"
             "  if pass > 1 and spent < best then best = spent end\n"
             "end\n"
             "return best / n * 1e9\n",
             n, prepare, body, test);
    lua_State *L = open_host();
    if (luaL_dostring(L, chunk) != LUA_OK) fail(lua_tostring(L, -1));
    printf("ns_per_op %.17g\n", lua_tonumber(L, -1));
    lua_close(L);
}

void host_function(long n) {
    figure(n, "local f, sum = probe.add, 0", "sum = f(sum, i)", "sum == n * (n + 1) // 2");
}

void host_method(long n) { figure(n, "local c, sum = probe.counter()", "sum = c:add(1)", "sum == n"); }

void host_read(long n) {
    figure(n, "local p, f = {x = 1, y = 2, name = 'point'}, probe.read", "f(p)", "true");
}

void host_push(long n) { figure(n, "local f = probe.write", "f(i)", "true"); }

void host_call(long n) {
    lua_State *L = open_host();
    check(luaL_dostring(L, "return function(a, b) return a + b end") == LUA_OK, "cannot load the chunk");
    int function = luaL_ref(L, LUA_REGISTRYINDEX);
    double best = INFINITY;
    for (int pass = 0; pass <= 10; pass++) {
        double start = now_seconds();
        lua_Integer sum = 0;
        for (long i = 1; i <= n; i++) {
            lua_rawgeti(L, LUA_REGISTRYINDEX, function);
            lua_pushinteger(L, sum);
            lua_pushinteger(L, i);
            check(lua_pcall(L, 2, 1, 0) == LUA_OK, "the call failed");
            sum = lua_tointeger(L, -1);
            lua_pop(L, 1);
        }
        check(sum == (lua_Integer)n * (n + 1) / 2, "wrong sum");
        double spent = now_seconds() - start;
        if (pass > 0 && spent < best) best = spent;
    }
    printf("ns_per_op %.17g\n", best / (double)n * 1e9);
    lua_close(L);
}

static void *run_state(void *data) {
    (void)data;
    lua_State *L = open_state();
    check(luaL_dostring(L, "n = 1") == LUA_OK, "the chunk failed");
    lua_close(L);
    return NULL;
}

static void run_states(long n) {
    for (long i = 0; i < n; i++) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, run_state, NULL) == 0, "pthread_create failed");
        pthread_join(thread, NULL);
    }
}

void host_runtime(long n) {
    run_states(n / 10);
    double start = now_seconds();
    run_states(n);
    printf("ns_per_op %.17g\n", (now_seconds() - start) / (double)n * 1e9);
}
