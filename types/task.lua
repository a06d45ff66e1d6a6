---@meta

---Functions that take turns inside one state.
---@class luaconc.task
---@field inbox luaconc.Channel The inbox of the task that reads this field.
task = {}

---@class luaconc.TaskOptions
---@field name? string Default: one such as `task-7`.
---@field daemon? boolean The program does not wait for it.
---@field on_error? fun(error: luaconc.Error) Called if the task fails.
---@field grace? number Seconds that its `<close>` handlers have when it is ended. Default: 2.

---Starts a function as a task of this state. It runs at the next switch.
---@param options luaconc.TaskOptions
---@param fn fun(...): ...
---@param ... any Arguments, passed as they are.
---@return luaconc.Task
---@overload fun(fn: fun(...): (...), ...): luaconc.Task
function task.spawn(options, fn, ...) end

---Suspends the task. Zero or less: lets the others have their turn.
---@param seconds number
function task.sleep(seconds) end

---Lets every other task that can run have one turn.
function task.yield() end

---Runs a function in this task, but no longer than that: then it is unwound, and an error of kind `timeout` is raised.
---@param seconds number? Nil and `math.huge`: no deadline.
---@param fn fun(...): ...
---@param ... any Arguments, passed as they are.
---@return any ... What the function returned.
function task.timeout(seconds, fn, ...) end

---Runs a function in this task. Cancellation and deadlines wait until it has returned.
---@param fn fun(...): ...
---@param ... any Arguments, passed as they are.
---@return any ... What the function returned.
function task.shield(fn, ...) end

---Work that ends together: the first failure cancels the rest. Made to be closed: `local g <close> = task.group()`.
---@class luaconc.Group
local Group = {}

---Spawns a task into the group; waits for a place while the group is full.
---@param options luaconc.TaskOptions
---@param fn fun(...): ...
---@param ... any
---@return luaconc.Task
---@overload fun(self: luaconc.Group, fn: fun(...): (...), ...): luaconc.Task
function Group:task(options, fn, ...) end

---Spawns a thread into the group; waits for a place while the group is full.
---@param options luaconc.ThreadOptions
---@param fn (fun(...): ...) | string
---@param ... any
---@return luaconc.Thread
---@overload fun(self: luaconc.Group, fn: (fun(...): (...)) | string, ...): luaconc.Thread
function Group:thread(options, fn, ...) end

---Spawns a process into the group; waits for a place while the group is full.
---@param options luaconc.ProcessOptions
---@param fn (fun(...): ...) | string
---@param ... any
---@return luaconc.Process
---@overload fun(self: luaconc.Group, fn: (fun(...): (...)) | string, ...): luaconc.Process
function Group:process(options, fn, ...) end

---Waits for all of it, and raises the first failure. When the timeout runs out, an error of kind `timeout` is raised.
---@param timeout? number
function Group:join(timeout) end

---Asks all of it to stop, and returns at once.
---@param reason? string
function Group:cancel(reason) end

---@class luaconc.GroupOptions
---@field limit? integer How many may run at once. Default: no limit.

---A new group.
---@param options? luaconc.GroupOptions
---@return luaconc.Group
function task.group(options) end

---The task that calls.
---@return luaconc.Task
function task.current() end

---The tasks of this state that have not ended.
---@return luaconc.Task[]
function task.list() end

---Suspends the task. Zero or less: lets the others have their turn.
---@param seconds number
function sleep(seconds) end

return task
