---@meta

---Functions that run in a state and on an OS thread of their own.
---@class luaconc.thread
---@field inbox luaconc.Channel The inbox of the thread that reads this field.
thread = {}

---@class luaconc.ThreadOptions
---@field name? string Default: one such as `thread-3`.
---@field daemon? boolean The program does not wait for it.
---@field on_error? fun(error: luaconc.Error) Called, in the state of the spawner, if the thread fails.
---@field memory? integer | string The most memory that the state may use: bytes, or a text such as `"64M"`.
---@field grace? number Seconds that its `<close>` handlers have when it is ended. Default: 2.

---Starts a function, or the chunk of a file, in a new state on a new OS thread. Function, arguments and results are copied.
---@param options luaconc.ThreadOptions
---@param fn (fun(...): ...) | string A function, or the name of a file.
---@param ... any Arguments; anything that can be sent.
---@return luaconc.Thread
---@overload fun(fn: (fun(...): (...)) | string, ...): luaconc.Thread
function thread.spawn(options, fn, ...) end

---Ends the calling thread with these results. No `pcall` catches it.
---@param ... any
function thread.exit(...) end

---The thread that calls.
---@return luaconc.Thread
function thread.current() end

---The threads that were spawned and have not ended.
---@return luaconc.Thread[]
function thread.list() end

---How many processors the program may use.
---@return integer
function thread.cores() end

---Calls a function for each item, in threads; returns the first results, in the order of the items.
---@generic T, R
---@param options luaconc.MapOptions
---@param fn fun(item: T, index: integer): R
---@param list T[]
---@return { n: integer, [integer]: R }
---@overload fun(fn: (fun(item: any, index: integer): any), list: any[]): { n: integer, [integer]: any }
function thread.map(options, fn, list) end

---Starts threads that wait for work.
---@param options luaconc.ThreadPoolOptions
---@param n? integer How many. Default: as many as there are cores.
---@return luaconc.Pool
---@overload fun(n?: integer): luaconc.Pool
function thread.pool(options, n) end

return thread
