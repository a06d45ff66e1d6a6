---@meta

---Functions that take turns inside one state.
---@class luaconc.task
---@field inbox luaconc.Channel The inbox of the task that reads this field.
task = {}

---@class luaconc.TaskOptions
---@field name? string Default: one such as `task-7`.
---@field daemon? boolean The program does not wait for it.
---@field on_error? fun(error: luaconc.Error) Called if the task fails.
---@field grace? number Seconds that its `<close>` handlers are to have after a cancellation. Without effect yet.

---Starts a function as a task of this state. It runs at the next switch.
---@param options luaconc.TaskOptions
---@param fn fun(...): ...
---@param ... any Arguments, passed as they are.
---@return luaconc.Task
---@overload fun(fn: fun(...): (...), ...): luaconc.Task
function task.spawn(options, fn, ...) end

---Suspends the task. Zero or less: lets the others have their turn.
---@async
---@param seconds number
function task.sleep(seconds) end

---Lets every other task that can run have one turn.
---@async
function task.yield() end

---The task that calls.
---@return luaconc.Task
function task.current() end

---The tasks of this state that have not ended.
---@return luaconc.Task[]
function task.list() end

---Suspends the task. Zero or less: lets the others have their turn.
---@async
---@param seconds number
function sleep(seconds) end

return task
