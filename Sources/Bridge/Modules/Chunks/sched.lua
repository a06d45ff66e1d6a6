-- Events in order of time, priority and insertion. The queue is native; the functions that call the script are here.
-- The chunk receives the native functions and returns the module's table.
local native = ...
local push, pop, drop, order, first = native.push, native.pop, native.drop, native.order, native.first
local now, sleep = timer.now, task.sleep
local type, setmetatable, unpack = type, setmetatable, table.unpack

local Scheduler = {__name = "scheduler"}

local function refuse(name, self)
  error(("bad argument #1 to '%s' (scheduler expected, got %s)"):format(name, type(self)), 3)
end

-- What is wrong with the arguments, in Lua's own words.
local function fault(name, ...)
  local values, count = {...}, select("#", ...)
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
  local got = count < 3 and "no value" or type(values[3])
  return ("bad argument #3 to '%s' (function expected, got %s)"):format(name, got)
end

-- The argument of `run`: a boolean, or a table with the option of that name.
local function blocks(option)
  if type(option) ~= "table" then return option == nil or option end
  for name, value in next, option do
    local complaint
    if name ~= "blocking" then complaint = ("unknown option '%s' (known options: blocking)"):format(name)
    elseif type(value) ~= "boolean" then complaint = "option 'blocking': boolean expected, got " .. type(value) end
    if complaint then error(("bad argument #1 to 'run' (%s)"):format(complaint), 3) end
  end
  return option.blocking ~= false
end

-- Makes a scheduler. Its methods have its parts as upvalues, which is faster than fields. `changed(heap, due)` is called
-- after an event was entered, and without a time after one was cancelled. `stop(event)` cancels events of the calendar.
local function new(timefunc, delayfunc, changed, stop)
  local heap = native.new()
  local interruptible = not timefunc and not delayfunc
  timefunc, delayfunc = timefunc or now, delayfunc or sleep
  local scheduler = {heap = heap}
  local reader -- the run that knows when the next event is due; nil after a change

  function scheduler:enter(...)
    if self ~= scheduler then refuse("enter", self) end
    local event, due, complaint = push(heap, timefunc(), ...)
    if not event then error(complaint or fault("enter", ...), 2) end
    reader = nil
    if changed then changed(heap, due) end
    return event
  end

  function scheduler:enterabs(...)
    if self ~= scheduler then refuse("enterabs", self) end
    local event, due = push(heap, 0, ...)
    if not event then error(fault("enterabs", ...), 2) end
    reader = nil
    if changed then changed(heap, due) end
    return event
  end

  function scheduler:cancel(...)
    if self ~= scheduler then refuse("cancel", self) end
    local dropped = drop(heap, ...)
    if dropped == nil then
      local stopped = stop and stop(...)
      if stopped ~= nil then return stopped end
      local got = select("#", ...) == 0 and "no value" or type((...))
      error(("bad argument #1 to 'cancel' (event expected, got %s)"):format(got), 2)
    end
    reader = nil
    if dropped and changed then changed(heap) end
    return dropped
  end

  function scheduler:empty()
    if self ~= scheduler then refuse("empty", self) end
    return first(heap) == nil
  end

  function scheduler:queue()
    if self ~= scheduler then refuse("queue", self) end
    return order(heap)
  end

  function scheduler:run(blocking)
    if self ~= scheduler then refuse("run", self) end
    blocking = blocks(blocking)
    local due, me, last = first(heap), {}, nil -- `last`: the time at which the queue was asked last
    while due do
      local time, fn, args = timefunc(), nil, nil
      if time ~= last or reader ~= me or due <= time then
        due, fn, args = pop(heap, time)
        reader, last = me, time
      end
      if fn ~= nil then
        if args then fn(unpack(args, 1, args.n)) else fn() end
        delayfunc(0)
        due = due or first(heap)
      elseif not due then
        if args then error(args, 2) end
        break -- cancelled meanwhile
      elseif not blocking then
        return due - time
      elseif interruptible then
        native.wait(heap, due)
      else
        delayfunc(due - time)
      end
    end
  end

  return setmetatable(scheduler, Scheduler)
end

-- The scheduler of the state. While nobody runs it, a timer on the event loop starts its events as tasks.
local heap -- its queue
local armed, armed_for
local runs = 0

local arm
local function start_due()
  armed = nil
  native.start(heap)
  arm() -- looks again when those tasks have begun
end

function arm()
  local due = runs == 0 and first(heap)
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

local default = new(nil, nil, function(_, due)
  if runs > 0 then
    native.notify(heap)
  elseif not due or not armed or due < armed_for then
    arm()
  end
end, native.stop)
heap = default.heap

local function count_run(change)
  runs = runs + change
  native.hold(heap, runs > 0)
  arm()
end
local Run = {__close = function() count_run(-1) end}

local sched = {cron = native.cron, next = native.next}
function sched.new(timefunc, delayfunc)
  for index, value in ipairs {timefunc or false, delayfunc or false} do
    if value and type(value) ~= "function" then
      error(("bad argument #%d to 'new' (function expected, got %s)"):format(index, type(value)), 2)
    end
  end
  return new(timefunc, delayfunc, not timefunc and not delayfunc and native.notify)
end
-- Tail calls: an error is the caller's.
function sched.enter(...) return default:enter(...) end
function sched.enterabs(...) return default:enterabs(...) end
function sched.cancel(...) return default:cancel(...) end
function sched.empty() return default:empty() end
function sched.queue() return default:queue() end
function sched.run(blocking)
  blocking = blocks(blocking)
  count_run(1)
  local running <close> = setmetatable({}, Run)
  return default:run(blocking)
end

return sched
