// Debian's Lua 5.4, found by pkg-config.
#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
