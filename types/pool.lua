---@meta
-- What `thread.pool` and `process.pool` return.

---@class luaconc.MapOptions
---@field workers? integer How many threads or processes. Default: as many as there are cores.
---@field chunk? integer How many items a worker gets at once. Default: adapted to the time that they take.
---@field progress? boolean Draws a bar on standard error if that is a terminal.

---@class luaconc.PoolMapOptions
---@field chunk? integer How many items a worker gets at once.
---@field progress? boolean Draws a bar on standard error if that is a terminal.

---@class luaconc.IterateOptions
---@field chunk? integer How many items a worker gets at once.

---@class luaconc.ThreadPoolOptions
---@field init? fun() Runs once in each worker, before its first call.
---@field tasks_per_worker? integer After so many calls a worker's state is replaced by a new one.
---@field name? string Of the workers, before their numbers. Default: `pool`.
---@field memory? integer | string The most memory that a worker's state may use.
---@field grace? number Seconds that `<close>` handlers have when a worker is ended. Default: 2.

---@class luaconc.ProcessPoolOptions: luaconc.ThreadPoolOptions, luaconc.LaunchOptions
---@field cpu? number Seconds of processor time of a worker.
---@field nice? integer Added to the priority of the workers.

---Workers that wait for work.
---@class luaconc.Pool
local Pool = {}

---Has a worker call the function; returns the handle of a task that waits for the result.
---@param fn fun(...): ...
---@param ... any Arguments: copied at once.
---@return luaconc.Handle
function Pool:submit(fn, ...) end

---Calls a function for each item; returns the first results, in the order of the items.
---@generic T, R
---@param options luaconc.PoolMapOptions
---@param fn fun(item: T, index: integer): R
---@param list T[]
---@return { n: integer, [integer]: R }
---@overload fun(self, fn: (fun(item: any, index: integer): any), list: any[]): { n: integer, [integer]: any }
function Pool:map(options, fn, list) end

---For a `for`: the results in the order of the items, each with the index of its item.
---@param options luaconc.IterateOptions
---@param fn fun(item: any, index: integer): any
---@param iterator any[] | fun(...): any A list, or what a generic `for` takes.
---@param ... any
---@return fun(): any, integer
---@overload fun(self, fn: (fun(item: any, index: integer): any), iterator: any[] | (fun(...): any), ...): (fun(): any, integer)
function Pool:imap(options, fn, iterator, ...) end

---For a `for`: the results as they come, each with the index of its item.
---@param options luaconc.IterateOptions
---@param fn fun(item: any, index: integer): any
---@param iterator any[] | fun(...): any A list, or what a generic `for` takes.
---@param ... any
---@return fun(): any, integer
---@overload fun(self, fn: (fun(item: any, index: integer): any), iterator: any[] | (fun(...): any), ...): (fun(): any, integer)
function Pool:imap_unordered(options, fn, iterator, ...) end

---Takes no more work, waits until what was submitted is done, and ends the workers.
function Pool:close() end
