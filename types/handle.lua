---@meta
-- What the modules of luaconc return: handles, timers, channels, events, error objects.

---How work stands. The last three are final.
---@alias luaconc.Status "pending" | "running" | "waiting" | "done" | "failed" | "cancelled"

---What ends a task or thread, as `join`, `on_error` and `pcall` around a call of this API get it.
---@class luaconc.Error
---@field kind "error" | "timeout" | "cancelled" | "closed" | "memory" | "limit" | "deadlock" | "exit"
---@field message string The message as a string.
---@field value any A copy of what was raised, when that was something other than a string.
---@field traceback string Where it happened, then where the work was spawned.
---@field origin string The name of the task, thread, process or timer in which it was raised first.
---@field code? integer With kind `exit`: the exit code of the process.
---@field signal? integer With kind `exit`: the number of the signal that killed it.
---@field index? integer In an error of a map: which item it was.
---@operator concat(any): string

---The handle of a task or thread.
---@class luaconc.Handle
---@field id integer Unique in the program.
---@field name string The given name, or one such as `thread-3`.
---@field kind "task" | "thread" | "process"
---@field inbox luaconc.Channel The channel that the work reads as `task.inbox` or `thread.inbox`.
local Handle = {}

---Waits for the end of the work and returns its results. Raises its error if it failed, an error of kind `timeout` when
---the timeout runs out, one of kind `deadlock` when the wait could never end.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return any ...
function Handle:join(timeout) end

---Waits for the end of the work and returns its final status; never raises for what the work did.
---@param timeout? number Seconds; nil or `math.huge`: for ever; 0 or less: only look.
---@return "done" | "failed" | "cancelled" | nil status nil when the timeout has run out.
---@return "timeout"? reason
function Handle:wait(timeout) end

---How the work stands.
---@return luaconc.Status
function Handle:status() end

---Asks the work to stop and returns at once.
---@param reason? string The message of the error that ends it.
function Handle:cancel(reason) end

---Sends a copy of the value to the work's inbox.
---@param value any Anything but nil that can be sent.
---@param timeout? number Seconds.
---@return true? sent nil when the timeout has run out.
---@return "timeout"? reason
function Handle:send(value, timeout) end

---Makes the work a daemon: the program does not wait for it.
function Handle:detach() end

---@class luaconc.Task: luaconc.Handle
---@class luaconc.Thread: luaconc.Handle
