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
---@param event luaconc.Event
---@return boolean cancelled Whether that keeps it from running.
function sched.cancel(event) end

---Whether no event is queued.
---@return boolean
function sched.empty() end

---The queued events in the order in which they will run.
---@return luaconc.Event[]
function sched.queue() end

---Runs the events, one after the other, until none is left.
---@async
---@param blocking? boolean | { blocking?: boolean } `false`: only what is due now.
---@return number? delay Until the next event, when `blocking` is `false` and there is one.
function sched.run(blocking) end

---A scheduler of its own.
---@param timefunc? fun(): number Default `timer.now`.
---@param delayfunc? fun(delay: number) Default `sleep`.
---@return luaconc.Scheduler
function sched.new(timefunc, delayfunc) end

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
---@async
---@param blocking? boolean | { blocking?: boolean } `false`: only what is due now.
---@return number? delay Until the next event, when `blocking` is `false` and there is one.
function Scheduler:run(blocking) end

return sched
