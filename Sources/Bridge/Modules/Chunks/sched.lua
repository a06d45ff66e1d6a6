-- Events in order of time, priority and insertion. The queue is native; what calls back into the script is here.
-- Receives the native functions, returns the module's table.
local native = ...
local push, pop, drop, order, first = native.push, native.pop, native.drop, native.order, native.first
local now, sleep = timer.now, task.sleep
local type, setmetatable, unpack = type, setmetatable, table.unpack

local Scheduler = {__name = "scheduler"}
local methods = {}
Scheduler.__index = methods

-- What is wrong with the arguments, in Lua's own words. What is nil at the end was not given.
local function fault(name, time, priority, fn)
  local values, count = {time, priority, fn}, fn ~= nil and 3 or priority ~= nil and 2 or time ~= nil and 1 or 0
  for index = 1, 2 do
    local value = values[index]
    local got = index > count and "no value" or type(value)
    local expected = "number"
    if type(value) == "number" then
      if value ~= value then got = "NaN"
      elseif value == math.huge then expected, got = "finite number", "inf"
      else expected = nil end
    end
    if expected then return ("bad argument #%d to '%s' (%s expected, got %s)"):format(index, name, expected, got) end
  end
  return ("bad argument #3 to '%s' (function expected, got %s)"):format(name, count < 3 and "no value" or type(fn))
end

function methods:enter(delay, priority, fn, ...)
  local event, due = push(self.heap, self.timefunc(), delay, priority, fn, ...)
  if not event then error(fault("enter", delay, priority, fn), 2) end
  local changed = self.changed
  if changed then changed(self, due) end
  return event
end

function methods:enterabs(time, priority, fn, ...)
  local event, due = push(self.heap, 0, time, priority, fn, ...)
  if not event then error(fault("enterabs", time, priority, fn), 2) end
  local changed = self.changed
  if changed then changed(self, due) end
  return event
end

function methods:cancel(event)
  local dropped = drop(self.heap, event)
  if dropped == nil then
    error(("bad argument #1 to 'cancel' (event expected, got %s)"):format(event == nil and "no value" or type(event)), 2)
  end
  local changed = self.changed
  if dropped and changed then changed(self) end
  return dropped
end

function methods:empty() return first(self.heap) == nil end
function methods:queue() return order(self.heap) end

function methods:run(blocking)
  if blocking == nil then blocking = true end
  local heap, timefunc, delayfunc = self.heap, self.timefunc, self.delayfunc
  local due = first(heap)
  while due do
    local time, fn, args = timefunc(), nil, nil
    due, fn, args = pop(heap, time)
    if fn ~= nil then
      if args then fn(unpack(args, 1, args.n)) else fn() end
      delayfunc(0)
      due = due or first(heap)
    elseif not due then
      break -- cancelled meanwhile
    elseif not blocking then
      return due - time
    elseif self.interruptible then
      native.wait(heap, due)
    else
      delayfunc(due - time)
    end
  end
end

local function new(timefunc, delayfunc)
  return setmetatable({
    heap = native.new(), timefunc = timefunc or now, delayfunc = delayfunc or sleep,
    interruptible = not timefunc and not delayfunc, changed = false,
  }, Scheduler)
end

-- The scheduler of the state. While nobody runs it, a timer on the event loop starts its events as tasks.
local default = new()
local armed, armed_for
local runs = 0

local options = {name = "event"}
local arm
local function start_due()
  armed = nil
  repeat
    local due, fn, args = pop(default.heap, now())
    if args then
      task.spawn(options, fn, unpack(args, 1, args.n))
    elseif fn ~= nil then
      task.spawn(options, fn)
    end
  until fn == nil or due == nil
  arm()
end

function arm()
  local due = runs == 0 and first(default.heap)
  if armed then
    if due == armed_for then return end
    armed:cancel()
    armed = nil
  end
  if due then
    armed_for = due
    armed = timer.after({name = "sched"}, due - now(), start_due)
  end
end

local function wake_runs(self)
  native.notify(self.heap)
end

function default.changed(self, due)
  if runs > 0 then
    wake_runs(self)
  elseif not due or not armed or due < armed_for then
    arm()
  end
end

local Run = {__close = function() runs = runs - 1; arm() end}

local sched = {}
function sched.new(timefunc, delayfunc)
  for index, value in ipairs {timefunc or false, delayfunc or false} do
    if value and type(value) ~= "function" then
      error(("bad argument #%d to 'new' (function expected, got %s)"):format(index, type(value)), 2)
    end
  end
  local scheduler = new(timefunc, delayfunc)
  if scheduler.interruptible then scheduler.changed = wake_runs end
  return scheduler
end
-- Tail calls: an error is the caller's.
function sched.enter(...) return methods.enter(default, ...) end
function sched.enterabs(...) return methods.enterabs(default, ...) end
function sched.cancel(event) return methods.cancel(default, event) end
function sched.empty() return methods.empty(default) end
function sched.queue() return methods.queue(default) end
function sched.run(blocking)
  runs = runs + 1
  local running <close> = setmetatable({}, Run)
  arm()
  return methods.run(default, blocking)
end

return sched
