-- Supervisors: which child is started, restarted and stopped when. The chunk receives the native functions, and returns
-- those to which the host functions forward their arguments.
local native = ...
local task = native.module "task"
local now, new_channel = native.module("timer").now, native.module("channel").new
local run_function = native.module("supervisor").run
local type, next, ipairs, pcall, error, select, tostring = type, next, ipairs, pcall, error, select, tostring
local setmetatable, rawequal, rawget, getmetatable = setmetatable, rawequal, rawget, native.module("debug").getmetatable
local unpack, sort, concat = table.unpack, table.sort, table.concat
local huge, max, tointeger, math_type = math.huge, math.max, math.tointeger, math.type

-- A child that has not ended so long after its time to stop is stuck in C code.
local patience <const> = 5

-- MARK: Reading options. These functions return what is wrong as their second result.

-- Words as a list and as keys.
local function words(...)
  local list = {...}
  for index = 1, #list do list[list[index]] = true end
  return list
end

local option_names = words("name", "strategy", "intensity", "period", "children", "on_error", "daemon")
local field_names = words("name", "kind", "start", "args", "restart", "shutdown", "options")
local strategies = words("one_for_one", "one_for_all", "rest_for_one")
local kinds = words("thread", "process", "task")
local restarts = words("permanent", "transient", "temporary")
local reserved = words("name", "daemon", "on_error", "grace")

local function shown(key)
  return type(key) == "string" and key or type(key) == "number" and tostring(key) or type(key)
end

local function unknown(values, names, what)
  for key in next, values do
    if type(key) ~= "string" or not names[key] then
      return ("unknown %s '%s' (known %ss: %s)"):format(what, shown(key), what, concat(names, ", "))
    end
  end
end

local function wrong(name, expected, value)
  local got = type(value)
  if value ~= value then got = "NaN" elseif got == "string" then got = "'" .. value .. "'" end
  return ("'%s': %s expected, got %s"):format(name, expected, got)
end

-- One of the words; the first is the default.
local function word(values, name, known)
  local value = values[name]
  if value == nil then return known[1] end
  if type(value) == "string" and known[value] then return value end
  return nil, wrong(name, "one of '" .. concat(known, "', '") .. "'", value)
end

local function typed(values, name, expected)
  local value = values[name]
  if value == nil or type(value) == expected and value == value then return value end
  return nil, wrong(name, expected, value)
end

local function intensity_of(options)
  local value, flaw = typed(options, "intensity", "number")
  if flaw then return nil, flaw end
  value = value or 3
  if value >= 0 and (value == huge or tointeger(value)) then return value end
  return nil, ("'intensity': an integer of 0 or more expected, got %s"):format(value)
end

local function period_of(options)
  local value, flaw = typed(options, "period", "number")
  if flaw then return nil, flaw end
  value = value or 5
  if value > 0 then return value end
  return nil, ("'period': more than 0 seconds expected, got %s"):format(value)
end

-- A copy of the list, with the number of its values as `n`.
local function list_of(values, name)
  local list, flaw = typed(values, name, "table")
  if flaw then return nil, flaw end
  local copy, count = {}, 0
  for key, value in next, list or copy do
    if key ~= "n" then
      if math_type(key) ~= "integer" or key < 1 then
        return nil, ("'%s': a list expected, found the key '%s'"):format(name, shown(key))
      end
      copy[key], count = value, max(count, key)
    end
  end
  copy.n = list and tointeger(list.n) or count
  return copy
end

local function options_of(spec)
  local options, flaw = typed(spec, "options", "table")
  if flaw then return nil, flaw end
  local copy = {}
  for name, value in next, options or copy do
    if reserved[name] then return nil, ("'options': '%s' is up to the supervisor"):format(shown(name)) end
    copy[name] = value
  end
  return copy
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__call") ~= nil
end

-- The child that a specification describes.
local function read_child(spec)
  if type(spec) ~= "table" then return nil, "table expected, got " .. type(spec) end
  local flaw = unknown(spec, field_names, "field")
  if flaw then return nil, flaw end
  local child = {restarts = 0, status = "pending"}
  child.name, flaw = typed(spec, "name", "string")
  if flaw then return nil, flaw end
  child.kind, flaw = word(spec, "kind", kinds)
  if flaw then return nil, flaw end
  child.restart, flaw = word(spec, "restart", restarts)
  if flaw then return nil, flaw end
  child.args, flaw = list_of(spec, "args")
  if flaw then return nil, flaw end
  child.shutdown, flaw = typed(spec, "shutdown", "number")
  if flaw then return nil, flaw end
  child.options, flaw = options_of(spec)
  if flaw then return nil, flaw end
  local start = spec.start
  if child.kind == "task" and not is_callable(start) then
    return nil, wrong("start", "function", start)
  elseif child.kind ~= "task" and type(start) ~= "function" and type(start) ~= "string" then
    return nil, wrong("start", "function or file name", start)
  end
  child.start = start
  -- A supervisor below takes as long as its own children need.
  local is_supervisor = rawequal(start, run_function)
  child.shutdown = max(child.shutdown or is_supervisor and huge or 2, 0)
  child.options.grace = child.shutdown
  child.time_to_stop = is_supervisor and child.shutdown == huge and 0 or child.shutdown
  local ok, message = pcall(native.check, child.kind, child.options, start, unpack(child.args, 1, child.args.n))
  if not ok then return nil, message end
  return child
end

-- MARK: Children

local function title(self) return ("supervisor '%s'"):format(self.name) end

-- Takes the child in, under its name or one that it is given.
local function insert(self, child)
  if child.name and self.children[child.name] then return ("name '%s' is taken"):format(child.name) end
  self.count = self.count + 1
  child.order = self.count
  local number = self.count
  while not child.name do
    local name = child.kind .. "-" .. number
    if not self.children[name] then child.name = name end
    number = number + 1
  end
  child.options.name = child.name
  self.children[child.name] = child
end

local function in_order(self)
  local list = {}
  for _, child in next, self.children do list[#list + 1] = child end
  sort(list, function(a, b) return a.order < b.order end)
  return list
end

local function by_title(child) return ("%s '%s'"):format(child.kind, child.name) end

-- The child that starts with the next number runs.
local function expect(self, child)
  self.running[self.number] = child
  child.number = self.number
  native.rest(self.weak.handle, false)
end

-- Starts a child. Returns the message if it cannot be started.
local function start(self, child)
  self.number = self.number + 1
  local ok, handle = pcall(
    native.start, self.weak.handle, child.kind, self.number, child.order, child.restarts, child.time_to_stop, child.options,
    child.start, unpack(child.args, 1, child.args.n))
  if not ok then return ("cannot start %s: %s"):format(by_title(child), handle) end
  child.handle, child.error, child.wanted = handle, nil, nil
  expect(self, child)
end

local function report(self, child, outlook)
  if self.on_error then
    task.spawn({name = "on_error of " .. title(self)}, self.on_error, child.error, child.name)
  else
    native.report(("%s\n%s: %s"):format(tostring(child.error), title(self), outlook))
  end
end

-- Starts a child again. If that fails it counts as a child that has failed at once. Returns whether it was started.
local function start_again(self, child)
  child.restarts = child.restarts + 1
  local message = start(self, child)
  if not message then return true end
  child.handle, child.wanted = nil, nil
  child.error = native.failure("error", message, "")
  expect(self, child)
  self.events:send(child.number)
end

-- The child has ended: notes how.
local function settle(self, child)
  self.running[child.number] = nil
  child.number = nil
  if not child.handle then
    child.status = "failed"
    return
  end
  child.status = child.handle:wait()
  if child.status == "failed" then child.error = select(2, pcall(child.handle.join, child.handle)) end
end

local function remove(self, child) self.children[child.name] = nil end

-- Stops a child and waits until it has ended: its handlers have their time, and are cut short then.
local function halt(self, child)
  local number, handle = child.number, child.handle
  if not number then return end
  if handle then
    handle:cancel("stopped by " .. title(self))
    local status = handle:wait(child.shutdown + patience)
    if child.number ~= number then return end -- somebody else has seen it end
    if not status then
      self.running[number] = nil
      child.number, child.status = nil, handle:status()
      native.forget(self.weak.handle, number)
      handle:detach()
      local reason = child.status == "waiting" and "in a shield" or "busy in a C function"
      native.report(("%s: %s does not end; it is %s"):format(title(self), by_title(child), reason))
      return
    end
  end
  settle(self, child)
  if child.status == "failed" and handle then report(self, child, "was stopping " .. by_title(child)) end
end

-- Stops the children in the list, the last one first. Temporary ones are removed.
local function halt_all(self, list)
  for index = #list, 1, -1 do
    halt(self, list[index])
    if list[index].restart == "temporary" then remove(self, list[index]) end
  end
end

local function finish(self)
  self.is_ending = true
  halt_all(self, in_order(self))
end

-- MARK: Restarts

-- Counts a restart. False: there were too many within the period.
local function may_restart(self)
  if self.intensity == huge then return true end
  local times, time = self.times, now()
  self.last = self.last + 1
  times[self.last] = time
  while time - times[self.first] > self.period do
    times[self.first] = nil
    self.first = self.first + 1
  end
  return self.last - self.first + 1 <= self.intensity
end

local function give_up(self, child)
  finish(self)
  local last, traceback = "has ended: " .. child.status, ""
  if child.status == "failed" then
    last, traceback = "has failed: " .. child.error.message, child.error.traceback
  end
  local failure = native.failure("limit", ("more than %d restarts within %g s; %s %s"):format(
    self.intensity, self.period, by_title(child), last), traceback)
  failure.value = child.error
  error(failure, 0)
end

-- The children that are started again together with that one.
local function affected(self, child)
  if self.strategy == "one_for_one" then return {child} end
  local list = {}
  for _, other in ipairs(in_order(self)) do
    if self.strategy == "one_for_all" or other.order >= child.order then list[#list + 1] = other end
  end
  return list
end

local function restart(self, child)
  local list = affected(self, child)
  halt_all(self, list)
  for _, other in ipairs(list) do
    if other.restart ~= "temporary" and not start_again(self, other) then return end
  end
end

local Held = {__close = function(held) held.lock:send(true) end}

-- One operation at a time: an operation may have to wait for children. To be called with `local held <close>`.
local function hold(self)
  self.lock:recv()
  return setmetatable({lock = self.lock}, Held)
end

-- The child has ended by itself: starts it again, or not.
local function conclude(self, child)
  settle(self, child)
  local wanted = child.wanted
  local again = wanted == "restart"
    or wanted ~= "stop" and (child.restart == "permanent" or child.restart == "transient" and child.status == "failed")
  local is_in_time = not again or wanted or may_restart(self)
  if child.status == "failed" and is_in_time then
    report(self, child, (again and "restarts %s" or "does not restart %s"):format(by_title(child)))
  end
  if not is_in_time then give_up(self, child) end
  if not again then
    if child.restart == "temporary" then remove(self, child) end
  elseif wanted then
    start_again(self, child)
  else
    if not child.handle then task.yield() end -- others come first when it cannot even be started
    restart(self, child)
  end
end

-- The child that was started with that number has ended.
local function ended(self, number)
  local held <close> = hold(self)
  local child = self.running[number]
  if child then conclude(self, child) end -- otherwise it was stopped
end

local Running = {__close = function(running) finish(running.self) end}

-- The supervisor's task: until it is cancelled, or idle while somebody waits for its end.
local function run(self, handle)
  local running <close> = setmetatable({self = self}, Running)
  while not native.rest(handle, next(self.running) == nil) do
    ended(self, self.events:recv())
  end
end

-- MARK: The methods of the handle. The script that calls them is at level 3.

local methods = {}

local function find(self, method, name)
  local child = type(name) == "string" and self.children[name]
  if child then return child end
  local got = type(name) == "string" and ("no child has the name '%s'"):format(name)
    or "string expected, got " .. type(name)
  error(("bad argument #1 to '%s' (%s)"):format(method, got), 4)
end

local is_final = {done = true, failed = true, cancelled = true}

local function check_running(self)
  if self.is_ending or is_final[self.weak.handle:status()] then error(title(self) .. " has ended", 4) end
end

function methods.which(self)
  local list = in_order(self)
  for index, child in ipairs(list) do
    local handle = child.handle
    local status = child.number and handle and handle:status() or child.status
    list[index] = {
      name = child.name, kind = child.kind, restart = child.restart, restarts = child.restarts, status = status,
      handle = handle, id = handle and handle.id,
      pid = child.kind == "process" and handle and not is_final[status] and handle.pid or nil,
    }
  end
  return list
end

function methods.add(self, spec)
  check_running(self)
  local child, flaw = read_child(spec)
  if flaw then error(("bad argument #1 to 'add' (%s)"):format(flaw), 3) end
  local held <close> = hold(self)
  check_running(self)
  local namesake = self.children[child.name or false]
  if namesake and namesake.restart == "temporary" and namesake.number and is_final[namesake.handle:status()] then
    conclude(self, namesake) -- its end has not been heard of
  end
  flaw = insert(self, child)
  if flaw then error(("bad argument #1 to 'add' (%s)"):format(flaw), 3) end
  flaw = start(self, child)
  if flaw then
    remove(self, child)
    error(flaw, 3)
  end
  return child.handle
end

function methods.stop(self, name)
  find(self, "stop", name)
  local held <close> = hold(self)
  local child = find(self, "stop", name)
  local was_running = child.number ~= nil
  child.wanted = "stop"
  halt(self, child)
  if child.restart == "temporary" then remove(self, child) end
  return was_running
end

function methods.restart(self, name)
  find(self, "restart", name)
  local held <close> = hold(self)
  local child = find(self, "restart", name)
  check_running(self)
  child.wanted = "restart"
  halt(self, child)
  check_running(self)
  local flaw = start(self, child)
  if flaw then error(flaw, 3) end
  return child.handle
end

-- MARK: The module

-- The state of a new supervisor, whose children have not been started.
local function read(options)
  if type(options) ~= "table" then return nil, "table expected, got " .. type(options) end
  local self = {children = {}, running = {}, count = 0, number = 0, times = {}, first = 1, last = 0}
  local flaw = unknown(options, option_names, "option")
  if flaw then return nil, flaw end
  self.name, flaw = typed(options, "name", "string")
  if flaw then return nil, flaw end
  self.strategy, flaw = word(options, "strategy", strategies)
  if flaw then return nil, flaw end
  self.intensity, flaw = intensity_of(options)
  if flaw then return nil, flaw end
  self.period, flaw = period_of(options)
  if flaw then return nil, flaw end
  self.on_error, flaw = typed(options, "on_error", "function")
  if flaw then return nil, flaw end
  self.is_daemon, flaw = typed(options, "daemon", "boolean")
  if flaw then return nil, flaw end
  local specs
  specs, flaw = list_of(options, "children")
  if flaw then return nil, flaw end
  for index = 1, specs.n do
    local child
    child, flaw = read_child(specs[index])
    flaw = flaw or insert(self, child)
    if flaw then return nil, ("children[%d]: %s"):format(index, flaw) end
  end
  return self
end

local Weak = {__mode = "v"}

-- Starts the supervisor and its children; returns its handle, which it notes in `this` first. The script that calls
-- `method` is at level 4.
local function launch(method, options, this)
  local self, flaw = read(options)
  if flaw then error(("bad argument #1 to '%s' (%s)"):format(method, flaw), 4) end
  self.events = new_channel(huge)
  self.lock = new_channel(1)
  self.lock:send(true)
  local handle
  handle = native.spawn(
    function() return run(self, handle) end, function(name, ...) return methods[name](self, ...) end, self.events,
    self.is_daemon, self.name)
  -- The handle holds this table by the second function, so the table does not hold the handle.
  self.weak, self.name = setmetatable({handle = handle}, Weak), handle.name
  this.handle = handle
  for _, child in ipairs(in_order(self)) do
    flaw = start(self, child)
    if flaw then
      finish(self)
      handle:cancel()
      error(flaw, 4)
    end
  end
  return handle
end

local functions = {}

function functions.spawn(options)
  local handle = launch("spawn", options, {})
  return handle
end

local Run = {__close = function(this, reason)
  if reason and this.handle then
    this.handle:cancel()
    this.handle:wait()
  end
  if this.grace then native.grace(this.grace) end
end}

function functions.run(options)
  -- When the task that calls is ended, it has time until the children are stopped; after that its own grace begins.
  local this <close> = setmetatable({grace = native.grace(huge)}, Run)
  local handle = launch("run", options, this)
  handle:join()
end

return functions
