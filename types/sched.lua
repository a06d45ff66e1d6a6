---@meta

---Events in order of time and priority, as in Python's module `sched`.
---@class luaconc.sched
sched = {}

---@class luaconc.Event
---@field time number When it is due.
---@field priority number Of events due at the same time the lowest runs first.
---@field fn fun(...)
---@field args { n: integer, [integer]: any }

---Enters an event that is due after a delay.
---@param delay number Seconds.
---@param priority number
---@param fn fun(...)
---@param ... any
---@return luaconc.Event
function sched.enter(delay, priority, fn, ...) end

---Enters an event that is due at a time of `timer.now`.
---@param time number
---@param priority number
---@param fn fun(...)
---@param ... any
---@return luaconc.Event
function sched.enterabs(time, priority, fn, ...) end

---Takes an event out.
---@param event luaconc.Event | luaconc.CronEvent
---@return boolean cancelled Whether that keeps it from running.
function sched.cancel(event) end

---Whether no event is queued.
---@return boolean
function sched.empty() end

---The queued events in the order in which they will run.
---@return luaconc.Event[]
function sched.queue() end

---@class luaconc.RunEventsOptions
---@field blocking? boolean

---Runs the events, one after the other, until none is left.
---@param blocking? boolean | luaconc.RunEventsOptions `false`: only what is due now.
---@return number? delay Until the next event, when `blocking` is `false` and there is one.
function sched.run(blocking) end

---A scheduler of its own.
---@param timefunc? fun(): number Default `timer.now`.
---@param delayfunc? fun(delay: number) Default `sleep`.
---@return luaconc.Scheduler
function sched.new(timefunc, delayfunc) end

---@class luaconc.CronOptions
---@field name? string Default: the pattern.
---@field tz? string A time zone of the system, such as `Europe/Istanbul`. Default: local time.
---@field overlap? "skip" | "queue" | "parallel" When the last run still goes on. Default `"skip"`.
---@field catch_up? "one" | "all" | "none" For times that were missed. Default `"one"`.
---@field jitter? number Each run comes up to so many seconds later, by chance.
---@field on_error? fun(error: luaconc.Error, event: luaconc.CronEvent) | "stop"
---@field daemon? boolean The program does not wait for it.
---@field cluster? luaconc.Cluster Each time is for one of all machines that say the same name and pattern.

---@class luaconc.CronEvent
---@field id integer
---@field name string
---@field pattern string
---@field tz? string
---@field time? integer When it is due next, as `os.time` has it; nil when it was cancelled.
---@field last? integer The time for which the last run was planned.
---@field priority integer 0.
---@field fn fun(...)
---@field args { n: integer, [integer]: any }
---@field count integer Runs that have started.
---@field missed integer Runs that were left out.
---@field errors integer Runs that failed.

---Calls a function at the times of a pattern, as cron has them.
---@param pattern string Minute, hour, day of month, month, day of week; maybe seconds before them; or `@daily`.
---@param opts luaconc.CronOptions
---@param fn fun(...)
---@param ... any
---@return luaconc.CronEvent
---@overload fun(pattern: string, fn: fun(...), ...: any): luaconc.CronEvent
function sched.cron(pattern, opts, fn, ...) end

---@class luaconc.NextOptions
---@field tz? string A time zone of the system. Default: local time.
---@field from? number The times are those after that one, as `os.time` has it. Default: now.

---The next time of a pattern, as `os.time` has it; with a number a list of so many.
---@param pattern string
---@param n integer
---@param opts? luaconc.NextOptions
---@return integer[]
---@overload fun(pattern: string, opts?: luaconc.NextOptions): integer?
function sched.next(pattern, n, opts) end

---@class luaconc.Scheduler
local Scheduler = {}

---Enters an event that is due after a delay.
---@param delay number
---@param priority number
---@param fn fun(...)
---@param ... any
---@return luaconc.Event
function Scheduler:enter(delay, priority, fn, ...) end

---Enters an event that is due at a time of the scheduler's clock.
---@param time number
---@param priority number
---@param fn fun(...)
---@param ... any
---@return luaconc.Event
function Scheduler:enterabs(time, priority, fn, ...) end

---Takes an event out.
---@param event luaconc.Event
---@return boolean cancelled Whether that keeps it from running.
function Scheduler:cancel(event) end

---Whether no event is queued.
---@return boolean
function Scheduler:empty() end

---The queued events in the order in which they will run.
---@return luaconc.Event[]
function Scheduler:queue() end

---Runs the events, one after the other, until none is left.
---@param blocking? boolean | luaconc.RunEventsOptions `false`: only what is due now.
---@return number? delay Until the next event, when `blocking` is `false` and there is one.
function Scheduler:run(blocking) end

return sched
