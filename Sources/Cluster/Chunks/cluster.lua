-- The part of `cluster` that is glue over tasks, threads and processes. It gets the native functions, and returns the module.
local native = ...
local task, process, thread, timer = require "task", require "process", require "thread", require "timer"
local sync, sched = require "sync", require "sched"
local setmetatable, getmetatable, type, pcall, error, ipairs, pairs = setmetatable, getmetatable, type, pcall, error, ipairs, pairs
local tostring, select = tostring, select
local pack, unpack, concat, sort = table.pack, table.unpack, table.concat, table.sort
local huge, max, min, mathtype, format = math.huge, math.max, math.min, math.type, string.format
local exit = os.exit

local cluster = {}

-- Arguments -----------------------------------------------------------------------------------------------------------

local function refuse(level, number, name, problem)
  error(format("bad argument #%d to '%s' (%s)", number, name, problem), level + 1)
end

-- What an option must be: returns the value to use, or nil and what is expected.
local kinds = {}
function kinds.string(v) if type(v) == "string" and #v > 0 then return v end return nil, "string" end
function kinds.flag(v) if type(v) == "boolean" then return v end return nil, "boolean" end
local year <const> = 366 * 24 * 3600
function kinds.seconds(v)
  if type(v) == "number" and v <= year then return max(v, 0) + 0.0 end
  return nil, "number of seconds, at most a year's,"
end
function kinds.span(v)
  if type(v) == "number" and v > 0 and v <= year then return v + 0.0 end
  return nil, "number of seconds above 0, at most a year's,"
end
function kinds.count(v)
  if mathtype(v) == "integer" and v >= 0 then return v end
  return nil, "integer of 0 or more"
end
function kinds.positive(v)
  if mathtype(v) == "integer" and v >= 1 then return v end
  return nil, "integer of 1 or more"
end
function kinds.replicas(v)
  if mathtype(v) == "integer" and v >= 1 and v <= 5 then return v end
  return nil, "integer from 1 to 5"
end
function kinds.worker(v)
  if v == "process" or v == "thread" then return v end
  return nil, "'process' or 'thread'"
end
function kinds.group(v) if type(v) == "userdata" then return v end return nil, "group" end

-- A new table with the options; level: of the function that the script has called.
local function read(options, known, number, name, level)
  local found = {}
  for key, value in pairs(options) do
    local kind = known[key]
    if not kind then
      local names = {}
      for word in pairs(known) do names[#names + 1] = word end
      sort(names)
      refuse(level + 1, number, name,
        format("unknown option '%s' (known options: %s)", tostring(key), concat(names, ", ")))
    end
    local good, expected = kinds[kind](value)
    if good == nil then
      local got = value ~= value and "nan" or type(value) == "number" and tostring(value) or type(value)
      refuse(level + 1, number, name, format("option '%s': %s expected, got %s", key, expected, got))
    end
    found[key] = good
  end
  return found
end

local function with(known, more)
  for name, kind in pairs(known) do more[name] = kind end
  return more
end

local server_options = {
  url = "string", queue = "string", user = "string", password = "string", creds = "string", ca = "string",
  replicas = "replicas", insecure = "flag", capacity = "positive", scripts = "string",
}

local function check(options, known, name)
  if type(options) ~= "table" then refuse(3, 1, name, "table expected, got " .. type(options)) end
  options = read(options, known, 1, name, 3)
  for _, key in ipairs {"url", "queue"} do
    if not options[key] then refuse(3, 1, name, format("option '%s' is missing", key)) end
  end
  return options
end

-- Submitting ----------------------------------------------------------------------------------------------------------

local Cluster = {}
local gate
local job_options = {
  name = "string", id = "string", timeout = "span", retries = "count", backoff = "seconds", delay = "seconds",
  group = "group", detach = "flag",
}

local function this(c, name)
  if getmetatable(c) ~= Cluster then
    error(format("calling '%s' on a bad self (cluster expected, got %s)", name, type(c)), 3)
  end
  return c.handle
end

function cluster.open(options)
  options = check(options, server_options, "open")
  return setmetatable({handle = native.open(options), queue = options.queue, url = options.url, gate = gate}, Cluster)
end

-- A job whose handle goes takes the job along, unless it was detached.
local function guard(job)
  return setmetatable({}, {__close = function(_, problem)
    if problem ~= nil and native.unwanted(job, task.current()) then native.cancel(job) end
  end})
end

local function follow(job)
  local unwanted <close> = guard(job)
  return native.results(job)
end

-- Submits a job; returns its handle, or its identity if nobody is to wait for it.
local function submit(handle, options, script, fn, ...)
  local group = options.group
  options.group = nil
  local job = native.job(handle, options, script, fn, ...)
  local unwanted <close> = guard(job)
  native.submit(job)
  if options.detach then return native.identity(job) end
  local settings = {name = options.name or fn}
  local h
  if group then h = group:task(settings, follow, job) else h = task.spawn(settings, follow, job) end
  native.follow(job, h)
  return h
end

-- The options that may come first, and the number of the argument after them.
local function first(name, known, options, ...)
  if type(options) == "table" then return read(options, known, 1, name, 3), 2, ... end
  return {}, 1, options, ...
end

local function names(name, number, script, fn)
  if type(script) ~= "string" then refuse(3, number, name, "script name expected, got " .. type(script)) end
  if type(fn) ~= "string" then refuse(3, number + 1, name, "function name expected, got " .. type(fn)) end
end

function Cluster:spawn(...)
  local handle = this(self, "spawn")
  local all = pack(first("spawn", job_options, ...))
  local options, number, script, fn = all[1], all[2], all[3], all[4]
  names("spawn", number, script, fn)
  if options.detach and options.group then refuse(2, 1, "spawn", "options 'detach' and 'group' exclude each other") end
  return submit(handle, options, script, fn, unpack(all, 5, all.n))
end

local map_options = {
  name = "string", timeout = "span", retries = "count", backoff = "seconds", progress = "flag", ahead = "positive",
}

-- The failure of one item, with its number.
local function failed(problem, index)
  if type(problem) ~= "table" then problem = {kind = "error", message = tostring(problem)} end
  problem.message = format("item %d: %s", index, problem.message)
  error(problem, 0)
end

function Cluster:map(...)
  local handle = this(self, "map")
  local options, number, script, fn, list = first("map", map_options, ...)
  names("map", number, script, fn)
  if type(list) ~= "table" then refuse(2, number + 2, "map", "table expected, got " .. type(list)) end
  local count = list.n or #list
  local results, ahead, progress = {n = count}, options.ahead or 1000, options.progress
  options.ahead, options.progress = nil, nil
  local spawned, free = {}, sync.semaphore(ahead)
  local failure, at
  local everything <close> = setmetatable({}, {__close = function(_, problem)
    if problem == nil then return end
    for _, h in pairs(spawned) do h:cancel() end
  end})
  local finished, ended = sync.event(), 0
  for index = 1, count do
    local place = free:acquire()
    if failure then place:release() break end
    local copy = {}
    for key, value in pairs(options) do copy[key] = value end
    local h = submit(handle, copy, script, fn, list[index], index)
    spawned[index] = h
    task.spawn({name = h.name}, function()
      local ok, value = pcall(h.join, h)
      spawned[index] = nil
      place:release()
      if ok then
        results[index] = value
      elseif not failure then
        failure, at = value, index
        finished:set()
      end
      ended = ended + 1
      if progress then io.stderr:write(format("\r%d of %d", ended, count), ended == count and "\n" or "") end
      if ended == count then finished:set() end
    end)
  end
  if count > 0 then finished:wait() end
  if failure then failed(failure, at) end
  return results
end

function Cluster:queued() return native.queued(this(self, "queued")) end

function Cluster:workers(timeout)
  local handle = this(self, "workers")
  if timeout ~= nil then
    local seconds, expected = kinds.seconds(timeout)
    if not seconds then refuse(2, 1, "workers", expected .. " expected, got " .. type(timeout)) end
    timeout = seconds
  end
  return native.workers(handle, timeout)
end

function Cluster:dead(limit)
  local handle = this(self, "dead")
  if limit ~= nil and not kinds.positive(limit) then refuse(2, 1, "dead", "integer of 1 or more expected") end
  return native.dead(handle, limit or 1000)
end

function Cluster:retry(id)
  local handle = this(self, "retry")
  if type(id) ~= "string" then refuse(2, 1, "retry", "string expected, got " .. type(id)) end
  return native.retry(handle, id)
end

function Cluster:close()
  native.close(this(self, "close"))
end

-- Channels ------------------------------------------------------------------------------------------------------------

local Channel = {}
Channel.__index = Channel
Channel.__name = "channel"

local function that(ch, name)
  if getmetatable(ch) ~= Channel then
    error(format("calling '%s' on a bad self (channel expected, got %s)", name, type(ch)), 3)
  end
  return ch.handle
end

-- The seconds to wait; nil: for ever.
local function patience(timeout, number, name)
  if timeout == nil or timeout == huge then return nil end
  if type(timeout) ~= "number" or timeout ~= timeout then
    refuse(3, number, name, "number of seconds expected, got " .. (timeout ~= timeout and "nan" or type(timeout)))
  end
  return min(max(timeout, 0) + 0.0, year)
end

local channel_options = {capacity = "capacity"}
function kinds.capacity(v)
  if v == huge then return v end
  return kinds.positive(v), "integer of 1 or more, or math.huge,"
end

function Cluster:channel(name, options)
  local handle = this(self, "channel")
  if type(name) ~= "string" then refuse(2, 1, "channel", "string expected, got " .. type(name)) end
  if options ~= nil and type(options) ~= "table" then
    refuse(2, 2, "channel", "table expected, got " .. type(options))
  end
  local capacity = options and read(options, channel_options, 2, "channel", 2).capacity or 1024
  if capacity == huge then capacity = nil end
  return setmetatable({handle = native.channel(handle, name, capacity), name = name}, Channel)
end

function Channel:send(value, timeout)
  local handle = that(self, "send")
  if value == nil then refuse(2, 1, "send", "value expected, got nil") end
  if native.send(handle, native.plain("value", value), patience(timeout, 2, "send")) then return true end
  return nil, "timeout"
end

-- What a receiver has got and not accepted goes back.
local Hand = {__close = function(self) native.release(self.handle, self.number) end}

function Channel:recv(timeout)
  local handle = that(self, "recv")
  local seconds = patience(timeout, 1, "recv")
  local hand <close> = setmetatable({handle = handle, number = native.hand(handle)}, Hand)
  while true do
    local value, closed = native.receive(handle, hand.number, seconds)
    if value ~= nil then
      native.accept(handle, hand.number)
      return value
    end
    if closed then return nil, "closed" end
    if timeout ~= nil and timeout ~= huge then return nil, "timeout" end
  end
end

function Channel:close() native.finish(that(self, "close")) end
function Channel:closed() return native.finished(that(self, "closed")) end
function Channel:capacity() return native.capacity(that(self, "capacity")) or huge end
function Channel:__len() return native.length(self.handle) end
function Channel:__call() return (self:recv()) end
function Channel:__tostring() return format("channel: %s (%s)", self.name, self:closed() and "closed" or "open") end

-- Schedules -----------------------------------------------------------------------------------------------------------

-- What `sched.cron` does if it is given a cluster: each tick is for whoever asks for it first.
function gate(pattern, options, fn, ...)
  local own = {}
  for name, value in pairs(options) do own[name] = value end
  local c = own.cluster
  own.cluster = nil
  if getmetatable(c) ~= Cluster then refuse(2, 2, "cron", "option 'cluster': cluster expected, got " .. type(c)) end
  if type(own.name) ~= "string" then refuse(2, 2, "cron", "option 'name' is missing, which the machines share") end
  local schedule = own.name .. " " .. pattern
  local event
  event = sched.cron(pattern, own, function(...)
    if native.claim(c.handle, schedule, event.last) then fn(...) end
  end, ...)
  return event
end

Cluster.__index = Cluster
Cluster.__name = "cluster"
Cluster.__close = Cluster.close
function Cluster:__tostring() return format("cluster: %s at %s", self.queue, self.url) end

-- Serving -------------------------------------------------------------------------------------------------------------

-- Runs in the state of a job.
local function run(source, name, fn, ...)
  local chunk, problem = load(source, "@" .. name, "t")
  if not chunk then error(problem, 0) end
  chunk()
  local f = _G[fn]
  if type(f) ~= "function" then error(string.format("%s has no global function '%s'", name, fn), 0) end
  return f(...)
end

-- What a failure consists of when it travels, as bytes.
local function describe(problem, title)
  local failure = {origin = format("job '%s'", title)}
  if type(problem) == "table" and type(problem.kind) == "string" then
    for _, name in ipairs {"kind", "message", "traceback", "code", "signal", "value"} do failure[name] = problem[name] end
  else
    failure.message = tostring(problem)
  end
  if failure.value ~= nil and not pcall(native.plain, "value", failure.value) then failure.value = nil end
  return native.plain("failure", failure)
end

local function attempt(s, delivery, options, last, title, fn, timeout)
  local source, name = native.source(s, delivery)
  local spawn = options.kind == "thread" and thread.spawn or process.spawn
  local h <close> = spawn({name = title}, run, source, name, fn, native.arguments(delivery))
  native.began(s, delivery, h, last)
  local function join() return native.results_as_bytes(delivery, h:join()) end
  if timeout then return task.timeout(timeout, join) end
  return join()
end

local function report(problem) io.stderr:write("cluster: ", tostring(problem), "\n") end

-- Waits until the end of a job is kept.
local function keep(delivery)
  if native.end_is_kept(delivery) then return end
  local ok, problem = pcall(native.keep, delivery)
  if not ok then report(problem) end
end

-- Does a job. Returns it if its end may have to be kept while the place does the next one; `last` is the one before.
local function perform(s, delivery, options, last)
  local settled = false
  local back <close> = setmetatable({}, {__close = function()
    if not settled and native.claim_end(delivery) then native.giveback(s, delivery) end
  end})
  local title, fn, timeout = native.about(delivery)
  local ok, result = pcall(attempt, s, delivery, options, last, title, fn, timeout)
  if last then keep(last) end
  settled = true
  if not native.claim_end(delivery) then return delivery end
  if ok then
    native.done(s, delivery, result)
    return delivery
  end
  native.failed(s, delivery, describe(result, title .. "@" .. options.machine))
end

local serve_options = with(server_options, {
  workers = "positive", kind = "worker", grace = "seconds", lease = "span",
})

local signals = {INT = 130, TERM = 143}

function cluster.serve(options)
  options = check(options, serve_options, "serve")
  if not options.scripts then refuse(2, 1, "serve", "option 'scripts' is missing") end
  options.workers, options.kind = options.workers or thread.cores(), options.kind or "process"
  if options.lease and options.lease < 1 then refuse(2, 1, "serve", "option 'lease': at least 1 s expected") end
  local grace = options.grace or 10
  options.grace = nil
  local s = native.serve(options)
  options.machine = native.machine()

  local stopping, status, failure = sync.event(), nil, nil
  local places = {}
  local closing <close> = setmetatable({}, {__close = function()
    native.stop(s)
    for _, place in ipairs(places) do place:cancel() end
    for _, place in ipairs(places) do place:wait() end
    native.leave(s)
  end})
  local handlers = {}
  for name, code in pairs(signals) do
    handlers[#handlers + 1] = process.on_signal(name, function()
      -- The second one does not wait for the jobs.
      if status then grace = 0 end
      status = status or code
      stopping:set()
    end)
  end
  local ended <close> = setmetatable({}, {__close = function()
    for _, handler in ipairs(handlers) do handler:cancel() end
  end})
  for number = 1, options.workers do
    places[number] = task.spawn({name = format("place %d of %s", number, options.queue)}, function()
      local last
      while true do
        local ok, delivery = pcall(native.next, s)
        if not ok then
          failure = failure or delivery
          return stopping:set()
        end
        if not delivery then return last and keep(last) end
        local fine, result = pcall(perform, s, delivery, options, last)
        if fine then last = result else report(result) end
      end
    end)
  end
  stopping:wait()
  native.stop(s)
  local start = timer.now()
  for _, place in ipairs(places) do
    while place:wait(0.05) == nil and timer.now() - start < grace do end
  end
  if failure then error(failure, 0) end
  for _, place in ipairs(places) do place:cancel() end
  for _, place in ipairs(places) do place:wait() end
  -- Others of this program may still have jobs to finish.
  if native.leave(s) == 0 then exit(status) end
end

return cluster
