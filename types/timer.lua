---@meta

---Functions that are called later.
---@class luaconc.timer
timer = {}

---@class luaconc.TimerOptions
---@field name? string Default: one such as `timer-5`.
---@field daemon? boolean The program does not wait for it.
---@field on_error? "stop" | fun(error: luaconc.Error, timer: luaconc.Timer) What happens when a callback fails.
---@field jitter? number Each tick comes up to so many seconds later, by chance.

---@class luaconc.RepeatingTimerOptions: luaconc.TimerOptions
---@field times? integer How often it fires in all.
---@field immediate? boolean The first tick is due at once.
---@field missed? "skip" | "burst" | "delay" What happens to missed ticks.
---@field overlap? boolean A tick starts its callback also while the last one still runs.

---Calls a function once.
---@param options luaconc.TimerOptions
---@param delay number Seconds.
---@param fn fun(...)
---@param ... any
---@return luaconc.Timer
---@overload fun(delay: number, fn: fun(...), ...): luaconc.Timer
function timer.after(options, delay, fn, ...) end

---Calls a function again and again, on a grid that does not drift.
---@param options luaconc.RepeatingTimerOptions
---@param interval number Seconds, more than 0.
---@param fn fun(...)
---@param ... any
---@return luaconc.Timer
---@overload fun(interval: number, fn: fun(...), ...): luaconc.Timer
function timer.every(options, interval, fn, ...) end

---Seconds of a clock that never jumps; the same in all threads.
---@return number
function timer.now() end

---Whether the program runs on virtual time (`luaconc --simulate`).
---@return boolean
function timer.simulated() end

---@class luaconc.Timer
---@field id integer Unique in the program.
---@field name string The given name, or one such as `timer-5`.
---@field count integer Callbacks that have started.
---@field missed integer Ticks that were dropped.
---@field errors integer Callbacks that failed.
local Timer = {}

---Ends the timer.
---@return boolean pending Whether it was still pending.
function Timer:cancel() end

---Whether it will fire again.
---@return boolean
function Timer:active() end

---Starts it anew, as if it were made now.
---@param delay? number Seconds to the first tick, instead of its own.
function Timer:restart(delay) end

---Waits until it has fired for the last time and that callback has ended, or until it is cancelled.
---@param timeout? number Seconds.
function Timer:join(timeout) end

return timer
