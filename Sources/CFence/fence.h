// What the files of the fence share.
#pragma once
#include "CFence.h"

void fence_recycle(fence_arena *arena);
void *fence_allocate(void *ud, void *p, size_t old, size_t n);
/// Replaces the parts of the standard libraries that tasks and threads need to be otherwise.
void fence_open_coroutines(lua_State *L);
void fence_open_output(lua_State *L);
