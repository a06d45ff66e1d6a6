---@meta

---Keeps children running, and stops them in order, as Erlang's supervisors do.
---@class luaconc.supervisor
supervisor = {}

---@class luaconc.ChildSpec
---@field start (fun(...): ...) | string The function that is the child; for threads and processes also a file.
---@field args? any[] Its arguments; `n` is their number if there are nils among them.
---@field kind? "thread" | "process" | "task" Default: `"thread"`.
---@field restart? "permanent" | "transient" | "temporary" Started again: always; when it has failed; never. Default: `"permanent"`.
---@field shutdown? number Seconds that it has to stop. Default: 2; `math.huge` if `start` is `supervisor.run`.
---@field name? string Default: one such as `thread-1`.
---@field options? table Further options of the function that spawns it.

---@class luaconc.SupervisorOptions
---@field children? luaconc.ChildSpec[]
---@field strategy? "one_for_one" | "one_for_all" | "rest_for_one" Which children start again with one. Default: `"one_for_one"`.
---@field intensity? number More restarts than that within `period` end it. Default: 3.
---@field period? number Seconds. Default: 5.
---@field name? string Default: one such as `supervisor-3`.
---@field on_error? fun(error: luaconc.Error, name: string) Called for each failure of a child, which is printed otherwise.
---@field daemon? boolean Neither it nor its children keep the program alive.

---@class luaconc.Child
---@field name string
---@field kind "thread" | "process" | "task"
---@field status luaconc.Status Of its last run.
---@field restart "permanent" | "transient" | "temporary"
---@field restarts integer How often the supervisor has started it again.
---@field handle luaconc.Handle?
---@field id integer?
---@field pid integer? While a process runs.

---Runs children until none is left that runs or is to be started again. Raises an error of kind `limit` when there were
---too many restarts.
---@param options luaconc.SupervisorOptions
function supervisor.run(options) end

---Starts a supervisor and its children.
---@param options luaconc.SupervisorOptions
---@return luaconc.Supervisor
function supervisor.spawn(options) end

---The handle of a supervisor.
---@class luaconc.Supervisor
---@field id integer Unique in the program.
---@field name string
---@field kind "supervisor"
local Supervisor = {}

---Its children, in the order in which they are started.
---@return luaconc.Child[]
function Supervisor:which() end

---Starts one more child, the last in order.
---@param spec luaconc.ChildSpec
---@return luaconc.Handle
function Supervisor:add(spec) end

---Stops a child and waits until it has ended. Its specification is kept, unless it is temporary.
---@param name string
---@return boolean stopped Whether it was running.
function Supervisor:stop(name) end

---Stops a child if it runs, and starts it.
---@param name string
---@return luaconc.Handle
function Supervisor:restart(name) end

---Stops all children, the last one first, and ends it. Returns at once.
---@param reason? string
function Supervisor:cancel(reason) end

---Waits until it has ended; it ends when nothing is left to run. Raises its error if it failed.
---@param timeout? number Seconds.
function Supervisor:join(timeout) end

---Waits until it has ended, and returns the final status.
---@param timeout? number Seconds.
---@return "done" | "failed" | "cancelled" | nil status nil when the timeout has run out.
---@return "timeout"? reason
function Supervisor:wait(timeout) end

---How it stands.
---@return luaconc.Status
function Supervisor:status() end

---Makes it and its children daemons: the program does not wait for them.
function Supervisor:detach() end

return supervisor
