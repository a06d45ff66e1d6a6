-- `map` and `pool` of `thread` and `process`. The chunk receives the native functions, and returns those to which the
-- host functions forward their checked arguments.
--
-- A pool's workers are daemon threads or processes that run `serve`. Each has a channel, `jobs`, by which chunks of
-- items come. Results go straight to the channel of the job that they are for, `replies`. A worker that can take more
-- puts its number into `idle`, with a count of such offers, and whoever has work waits there. So there is no task in the
-- middle. Whoever waits for replies waits for the ends of the workers as well, and replaces one that has died.
--
-- The code of this chunk is broken off only where it waits or calls a function of the script. So what a wait has given is
-- noted before anything else happens.
local native = ...
local task, channel = native.module "task", native.module "channel"
local now = native.module "timer".now
local spawn, new_channel, select_case = task.spawn, channel.new, channel.select
local pcall, error, setmetatable, getmetatable = pcall, error, setmetatable, getmetatable
local type, next, pairs = type, next, pairs
local move, pack, unpack, max, min, huge = table.move, table.pack, table.unpack, math.max, math.min, math.huge
local math_type = math.type
local gsub, match, tonumber, tostring = string.gsub, string.match, tonumber, tostring

-- MARK: the worker

-- Runs in each worker. It has no upvalue but functions that every state has under the same name.
local function serve(number, jobs, idle, started, init, process)
  local mark = process and process.mark
  if init then
    init()
    started:send(true)
  end
  local send, heard = jobs.send, function() end
  local options = {name = "item", on_error = heard}
  local maps = {}
  local patience <const> = 0.01 -- a chunk that takes longer is given back, with the items that are left
  local serial, replies, at, results -- of the chunk under way: the item, and the results before it
  local lost <close> = setmetatable({}, {__close = function()
    if not serial then return end
    results[at] = nil
    pcall(send, replies, {serial = serial, lost = true, at = at, results = results})
  end})

  -- Sends a reply. A result that cannot be sent fails its item.
  local function answer(reply)
    while true do
      local ok, problem = pcall(send, replies, reply)
      if ok or replies:closed() then return end
      local k = type(problem) == "string" and tonumber(match(problem, "value%.results%[(%d+)%]"))
      if k then problem = gsub(problem, "value%.results%[%d+%]", "results[1]") end
      local h = spawn(options, error, problem, 0)
      local _, failure = pcall(h.join, h)
      reply.errors = reply.errors or {}
      if k then
        reply.results[k] = nil
        reply.errors[k] = failure
      else -- there is no memory for them
        for i = 1, at do reply.errors[i] = reply.errors[i] or failure end
        reply.results = {}
      end
    end
  end

  local function run(message)
    local map, began = maps[message.map], now()
    local fn, items, first, count, base = map.fn, message.items, message.first, message.n, message.serial << 32
    serial, replies, at, results = message.serial, map.replies, 1, items -- each result takes its item's place
    local from, done, recent, errors = 1, count, nil, nil
    -- Of many quick items only some look at the clock.
    local latest, often = map.returns and began + patience or huge, count < 64 and 0 or 3
    local function loop()
      local fn, items, before, latest, often, now = fn, items, first - 1, latest, often, now -- faster than upvalues
      local last = began
      for k = from, count do
        at = k
        if mark then mark(base + k) end
        items[k] = fn(items[k], before + k)
        if k & often == 0 then
          local time = now()
          if time > latest then
            done, recent = k, (time - last) / (often + 1)
            return
          end
          last = time
        end
      end
    end
    while from <= count do
      at = from
      local h = spawn(options, loop)
      if map.watched and not pcall(send, replies, {serial = serial, handle = h}) then h:cancel() end
      local ok, failure = pcall(h.join, h)
      if ok then break end
      errors = errors or {}
      errors[at], items[at] = failure, nil
      if map.stops or replies:closed() then break end
      from = at + 1
    end
    local seconds = now() - began
    for k = done + 1, count do items[k] = nil end
    answer {serial = serial, results = items, errors = errors, seconds = seconds, done = done, recent = recent}
    serial, results = nil, nil
  end

  local function call(parcel)
    local function invoke(arguments) return arguments.fn(unpack(arguments, 1, arguments.n)) end
    return invoke(parcel:recv())
  end

  local offers = 0
  local function offer()
    offers = offers + 1
    idle:send(number << 32 | offers)
  end
  offer()
  for message in jobs do
    if message.fn then
      maps[message.map] = {
        fn = message.fn, replies = message.replies, watched = message.watched, stops = message.stops,
        returns = message.returns,
      }
    end
    if message.ended then
      maps[message.ended] = nil
    else
      if message.early then offer() end
      if message.parcel then
        local h = spawn({name = message.name, on_error = heard}, call, message.parcel)
        if not pcall(send, message.replies, {handle = h}) then h:cancel() end
        h:wait()
      else
        run(message)
      end
      if message.last then break end
      if not message.early then offer() end
    end
  end
end

-- MARK: workers

local pools = setmetatable({}, {__mode = "k"}) -- by the userdata that the script has
local serials, ids = 0, 0

-- A worker whose pool nobody has any more ends.
local Worker = {__gc = function(worker) worker.jobs:close() end}

-- How much is in them is bounded by what the workers have in hand. A bound in bytes could let a worker wait for one
-- who does not fetch its results.
local function new_queue() return new_channel(huge, {bytes = huge}) end

local function add_worker(p)
  local number = p.last + 1
  p.last = number
  p.options.name = p.name .. "-" .. number
  local worker = {number = number, jobs = new_queue(), known = {}, chunks = {}, given = 0, taken = 0}
  if p.init then worker.started = new_channel(1) end
  worker.handle = p.module.spawn(p.options, serve, number, worker.jobs, p.idle, worker.started, p.init, p.process)
  p.workers[number] = setmetatable(worker, Worker)
  p.changes = p.changes + 1
end

-- A worker has ended: its chunks are given up, and another takes its place.
local function bury(p, worker)
  if p.workers[worker.number] ~= worker then return end
  p.workers[worker.number] = nil
  p.changes = p.changes + 1
  local ok, failure = pcall(worker.handle.join, worker.handle, 0)
  if ok then failure = native.failure("exit", "the worker has ended before the call had returned") end
  for serial, chunk in pairs(worker.chunks) do
    chunk.failure = failure
    pcall(chunk.job.replies.send, chunk.job.replies, {serial = serial, lost = true})
  end
  if worker.started and not worker.started:recv(0) then
    p.failure = p.failure or failure -- in `init`
  elseif not p.stopped then
    local added, problem = pcall(add_worker, p)
    if not added and not next(p.workers) then p.failure = problem end
  end
end

-- A worker's failure is its pool's affair.
local function heard() end

local function open(module, name, count, options)
  local p = {
    module = native.module(module), kind = module, process = module == "process" and native.module(module) or nil,
    name = name, size = count, options = {daemon = true, on_error = heard},
    workers = {}, last = 0, changes = 0, idle = new_channel(huge), users = {},
    turn = native.module "sync".lock(), -- held by the call that waits for a worker; the others wait for their turn
    tasks = setmetatable({}, {__mode = "v"}), -- behind the handles of calls
  }
  for option, value in pairs(options or {}) do p.options[option] = value end
  p.init, p.per_worker, p.options.init, p.options.tasks_per_worker = p.options.init, p.options.tasks_per_worker, nil, nil
  p.name = p.options.name or name
  for _ = 1, count do
    local ok, problem = pcall(add_worker, p)
    if not ok then
      for _, worker in pairs(p.workers) do worker.jobs:close() end
      if type(problem) == "string" then
        problem = gsub(gsub(gsub(problem, "^%[pool%]:%d+: ", ""), "'spawn'", "'pool'"), "args%[5%]", "init")
      end
      error(problem, 0)
    end
  end
  return p
end

-- Waits until nobody uses the pool any more.
local function drain(p)
  for _, h in pairs(p.tasks) do native.ended(h) end
  if not next(p.users) then return end
  p.drained = p.drained or new_channel()
  p.drained:recv()
end

-- Ends the workers and waits for them: when their work is done, or at once.
local function stop(p, at_once)
  p.closed, p.stopped = true, true
  if at_once then
    for _, h in pairs(p.tasks) do h:cancel("its pool was left by an error") end
    for _, worker in pairs(p.workers) do worker.handle:cancel() end
    drain(p)
  end
  for _, worker in pairs(p.workers) do worker.jobs:close() end
  for _, worker in pairs(p.workers) do worker.handle:wait() end
  for _, worker in pairs(p.workers) do bury(p, worker) end
end

-- MARK: jobs

-- A map, an iteration or a call, as far as its pool knows it. `stops`: its first failure ends it.
local function new_job(p, fn, options, stops)
  if p.closed then error("pool is closed", 0) end
  local ok, problem = pcall(native.check, p.kind == "process", fn)
  if not ok then error(problem, 0) end
  ids = ids + 1
  return {
    pool = p, id = ids, fn = fn, replies = new_queue(), stops = stops, chunk = options and options.chunk,
    outstanding = {}, count = 0, again = {}, grown = 1,
  }
end

-- What a job waits for: its replies, the ends of the workers, and a worker that is free if it wants one.
local function cases(p, job, wants)
  if job.changes ~= p.changes then
    local with, without, of = {job.replies, p.idle}, {job.replies}, {}
    for _, worker in pairs(p.workers) do
      with[#with + 1], without[#without + 1], of[worker.handle] = worker.handle, worker.handle, worker
    end
    job.with, job.without, job.of, job.changes = with, without, of, p.changes
  end
  return wants and job.with or job.without
end

-- The worker that has made the offer; nil if it was taken before, or its worker has ended.
local function take(p, job, offer)
  local worker, count = p.workers[offer >> 32], offer & 0xffffffff
  if not worker or count <= worker.taken then return nil end
  job.taken, worker.taken = worker, count
  return worker
end

-- Waits for a reply, which it returns, or for a free worker, which it returns in the second place.
local function await(p, job, wants, timeout)
  while true do
    if p.failure then
      p.told = true
      error(p.failure, 0)
    end
    if not next(p.workers) then error("pool is closed", 0) end
    local list = cases(p, job, wants)
    local index, value = select_case(list, timeout)
    if not index then return nil end
    if index == 1 then return value end
    if list[index] == p.idle then
      local worker = take(p, job, value)
      if worker then return nil, worker end
    else
      bury(p, job.of[list[index]])
    end
  end
end

-- Gives back a worker that was taken.
local function let_go(p, job)
  local worker = job.taken
  if not worker then return end
  p.idle:send(worker.number << 32 | worker.taken)
  job.taken, worker.taken = nil, worker.taken - 1
end

-- After a cancellation: an offer may have been lost on its way to the task that was cancelled. Makes those again of which
-- nothing is known, once the worker has answered all that it was given; of two that are the same, `take` accepts one.
local function renew_offer(p, worker)
  worker.is_doubtful = next(worker.chunks) ~= nil
  if not worker.is_doubtful and not worker.is_ending then p.idle:send(worker.number << 32 | worker.taken + 1) end
end

local function renew_offers(p)
  for _, worker in pairs(p.workers) do renew_offer(p, worker) end
end

-- A worker has answered a chunk.
local function clear(p, chunk)
  local worker = chunk.worker
  worker.chunks[chunk.serial] = nil
  if worker.is_doubtful then renew_offer(p, worker) end
end

local function give(p, job, worker, chunk, message)
  serials = serials + 1
  message.serial = serials
  local given = worker.given + (chunk.n or 1)
  message.last = p.per_worker and given >= p.per_worker
  local ok, problem = pcall(worker.jobs.send, worker.jobs, message)
  if not ok then
    let_go(p, job)
    return problem
  end
  job.taken = nil
  worker.given, worker.is_ending = given, message.last
  chunk.serial, chunk.worker, chunk.job = serials, worker, job
  worker.chunks[serials], job.outstanding[serials] = chunk, chunk
  job.count = job.count + 1
end

local function take_back(job, chunk)
  clear(job.pool, chunk)
  job.outstanding[chunk.serial] = nil
  job.count = job.count - 1
end

-- The job is over. What is left of it is cancelled, and waited for unless a finalizer does this.
local function finish(p, job, failure, is_dropped)
  let_go(p, job)
  if job.over then return end
  job.over = true
  local replies = job.replies
  replies:close()
  for reply in replies do
    local chunk = job.outstanding[reply.serial]
    if chunk and reply.handle then chunk.handle = reply.handle elseif chunk then take_back(job, chunk) end
  end
  for _, chunk in pairs(job.outstanding) do if chunk.handle then chunk.handle:cancel() end end
  for _, chunk in pairs(job.outstanding) do
    if chunk.handle and not is_dropped then chunk.handle:wait() end
    clear(p, chunk)
  end
  if p.closed or p.passing then return end
  if failure ~= nil then renew_offers(p) end
  for _, worker in pairs(p.workers) do
    if worker.known[job.id] then
      worker.known[job.id] = nil
      worker.jobs:send {ended = job.id}
    end
  end
end

-- MARK: chunks of items

local function slice_slowly(list, first, count) return move(list, first, first + count - 1, 1, {}) end

local function part(chunk, from, to)
  local count = to - from + 1
  return {first = chunk.first + from - 1, n = count, items = native.slice(chunk.items, from, count)}
end

-- The error of an item, which says which one it was.
local function name_item(failure, index)
  if type(failure) ~= "table" then return failure end
  local item = "item " .. index
  if failure.work == "task 'item'" or failure.kind == "exit" or failure.kind == "cancelled" then
    failure.work, failure.origin = item, item
  else
    failure.traceback = gsub(failure.traceback or "", "passed on by task 'item'", "passed on by " .. item)
  end
  failure.index = index
  return failure
end

-- Item `at` of a chunk has failed. `results`: those of the items before it, if they are known.
local function fail_item(job, chunk, at, failure, results)
  local index = chunk.first + at - 1
  failure = name_item(failure, index)
  if job.stops then error(failure, 0) end
  if at > 1 then
    local before = part(chunk, 1, at - 1)
    before.results = results
    if results then job.finished(before) else job.again[#job.again + 1] = before end
  end
  job.finished {first = index, n = 1, results = {}, errors = {failure}}
  if at < chunk.n then job.again[#job.again + 1] = part(chunk, at + 1, chunk.n) end
end

-- Gives a worker a chunk.
local function dispatch(p, job, worker, chunk, early)
  local message = {map = job.id, first = chunk.first, n = chunk.n, items = chunk.items, early = early and not p.per_worker}
  if not worker.known[job.id] then
    message.fn, message.replies, message.watched, message.stops = job.fn, job.replies, not p.passing, job.stops
    message.returns = not job.chunk and not p.per_worker
  end
  local problem = give(p, job, worker, chunk, message)
  if not problem then
    worker.known[job.id] = true
    return
  end
  local at = type(problem) == "string" and tonumber(match(problem, "value%.items%[(%d+)%]"))
  if not at then error(problem, 0) end
  local name = ("items[%d]"):format(chunk.first + at - 1)
  fail_item(job, chunk, at, gsub(problem, "value%.items%[%d+%]", name), nil)
end

-- Takes in what a worker has sent, or what was said of its end.
local function receive(job, reply)
  local chunk = job.outstanding[reply.serial]
  if not chunk then return end -- it had been received before its worker ended
  if reply.handle then
    chunk.handle = reply.handle
    return
  end
  if reply.at then -- its worker is ending; the rest follows
    chunk.at, chunk.results = reply.at, reply.results
    return
  end
  take_back(job, chunk)
  if reply.lost then
    local at = chunk.at
    if not at then -- a process has died: its mark says where

      local mark = native.marked(chunk.worker.handle)
      at = mark >> 32 == chunk.serial and mark & 0xffffffff or 0
    end
    if at == 0 then
      job.again[#job.again + 1] = chunk
    else
      fail_item(job, chunk, at, chunk.failure, chunk.results)
    end
    return
  end
  if reply.done and reply.done < chunk.n then
    job.again[#job.again + 1] = part(chunk, reply.done + 1, chunk.n)
    chunk.n = reply.done
  end
  for k, failure in pairs(reply.errors or {}) do name_item(failure, chunk.first + k - 1) end
  if reply.errors and job.stops then
    local _, failure = next(reply.errors)
    error(failure, 0)
  end
  local cost = reply.seconds / chunk.n
  -- A worker that had no processor for a while has not become slow.
  job.cost = reply.recent or job.cost and cost > job.cost and (3 * job.cost + cost) / 4 or cost
  job.grown = max(job.grown, min(4 * chunk.n, 8192))
  chunk.results, chunk.errors, chunk.items = reply.results, reply.errors, nil
  job.finished(chunk)
end

-- How many items a chunk gets: as many as take a few milliseconds, `bound` at most unless they are tiny.
local function size(job, bound)
  if job.chunk then return job.chunk end
  if not job.cost then return 1 end
  local cost = max(job.cost, 1e-9)
  return max(1, min(job.grown, 3e-3 // cost, max(bound, 5e-5 // cost)) // 1 | 0)
end

-- Takes some of the items that were given back or have lost their worker, `room` at most.
local function take_again(p, job, room)
  local again = job.again
  local chunk = again[#again]
  local n = min(room, size(job, chunk.n // (2 * p.size)))
  again[#again] = chunk.n > n and part(chunk, n + 1, chunk.n) or nil
  return chunk.n > n and part(chunk, 1, n) or chunk
end

-- Whether a worker may get a chunk before it is done with the last one: its items are quick, and many are left.
local function is_early(p, job, n, left)
  return job.cost and job.cost * n < 5e-3 and left > 8 * n * p.size
end

-- MARK: map

local function clock(seconds)
  if seconds >= 1e6 then return "-:--" end
  seconds = -(-seconds // 1) | 0
  if seconds >= 3600 then return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60) end
  return ("%d:%02d"):format(seconds // 60, seconds % 60)
end

local function quantity(x)
  for _, unit in pairs {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} do
    if x >= unit[1] then return ("%.3g%s"):format(x / unit[1], unit[2]) end
  end
  return ("%.3g"):format(x)
end

-- Draws how far a map is, ten times a second at most. Closing it removes the bar.
local function progress(total)
  local began, drawn = now(), -huge
  local bar = {}
  function bar.draw(done)
    local time, columns = now(), native.columns()
    if time - drawn < 0.1 or not columns then return end
    drawn = time
    local rate = done / max(time - began, 1e-9)
    local left = done > 0 and clock((total - done) / rate) or "-:--"
    local text = ("%3d%% %" .. #tostring(total) .. "d/%d %5s/s %s left"):format(
      100 * done // total, done, total, quantity(rate), left)
    local width = min(columns - #text - 4, 50)
    if width >= 4 then
      local filled = width * done // total
      text = ("[%s%s] %s"):format(("#"):rep(filled), ("-"):rep(width - filled), text)
    end
    native.bar(text:sub(1, columns - 1))
  end
  return setmetatable(bar, {__close = function() native.bar() end})
end

-- The number of items of a list, which must have no holes.
local function count_items(list, name, argument)
  local count = #list
  if math_type(count) ~= "integer" then
    error(("bad argument #%d to '%s' (the length of the list is no integer)"):format(argument, name), 0)
  end
  local hole
  if getmetatable(list) then
    for i = count, 1, -1 do if list[i] == nil then hole = i end end
  else
    hole = native.hole(list, count)
    if not hole and (count < 1000 or next(list, count) ~= nil) then
      for key in next, list do
        if type(key) == "number" and key > count then hole = count + 1 end
      end
    end
  end
  if hole then
    error(("bad argument #%d to '%s' (the list has no item %d, but later ones)"):format(argument, name, hole), 0)
  end
  return count
end

local Job = {__close = function(self, failure) finish(self.p, self.job, failure) end}

local function map(p, options, fn, list, count)
  local results = native.list(count)
  results.n = count
  local job = new_job(p, fn, options, true)
  local bar <close> = options and options.progress and progress(count) or nil
  local closing <close> = setmetatable({p = p, job = job}, Job)
  local first, done, again = 1, 0, job.again
  local slice = getmetatable(list) and slice_slowly or native.slice
  function job.finished(chunk)
    native.place(chunk.results, chunk.n, results, chunk.first)
    done = done + chunk.n
  end
  while done < count do
    if bar then bar.draw(done) end
    local reply, worker = await(p, job, first <= count or #again > 0, bar and 0.1)
    if reply then
      receive(job, reply)
    elseif worker then
      local room = (p.per_worker or huge) - worker.given
      if #again > 0 then
        dispatch(p, job, worker, take_again(p, job, room))
      else
        local left = count - first + 1
        local n = min(size(job, left // (4 * p.size)), left, room)
        local chunk = {first = first, n = n, items = slice(list, first, n)}
        first = first + n
        dispatch(p, job, worker, chunk, is_early(p, job, n, left))
      end
    end
  end
  return results
end

-- Errors that are texts are about the call: they get its position.
local function at_caller(ok, ...)
  if ok then return ... end
  local problem = ...
  error(problem, type(problem) == "string" and 3 or 0)
end

local Passing = {__close = function(self, failure) stop(self.p, failure ~= nil) end}

-- A map that uses the pool. It is in a set, which stays right whenever its task is cancelled.
local Use = {__close = function(self)
  local p = self.p
  p.users[self] = nil
  if p.drained and not next(p.users) then p.drained:close() end
end}

local function map_by_own(module, options, fn, list)
  local count = count_items(list, "map", options and 3 or 2)
  if count == 0 then return {n = 0} end
  local chunk = options and options.chunk or 1
  local workers = min(options and options.workers or native.module "thread".cores(), (count + chunk - 1) // chunk)
  local ok, problem = pcall(native.check, module == "process", fn)
  if not ok then error(problem, 0) end
  local p = open(module, "map", workers)
  p.passing = true
  local closing <close> = setmetatable({p = p}, Passing)
  return map(p, options, fn, list, count)
end

-- MARK: imap

-- Nobody has the iterator any more.
local Iterator = {__gc = function(self) finish(self.p, self.job, "dropped", true) end}

local function source_of_list(list, count)
  local at = 0
  return function()
    at = at + 1
    if at <= count then return list[at] end
  end
end

local function imap(p, name, options, fn, next_item, state, control, closing)
  local job = new_job(p, fn, options, false)
  if type(next_item) == "table" and not (getmetatable(next_item) or {}).__call then
    next_item = source_of_list(next_item, count_items(next_item, name, options and 3 or 2))
  end
  local iterator = setmetatable({p = p, job = job}, Iterator)
  local ready, first_ready, last_ready, by_index = {}, 1, 0, name == "imap"
  local pulled, handed, again = 0, 0, job.again
  local unfetched = 0 -- how many chunks are ready, or the current one
  local exhausted, problem, slow, is_nil, current, position
  local items, count = {}, 0 -- that were pulled, and have not gone into a chunk
  function job.finished(chunk)
    last_ready, unfetched = last_ready + 1, unfetched + 1
    ready[by_index and chunk.first or last_ready] = chunk
  end

  local function close_source()
    exhausted = true
    local close = closing ~= nil and (getmetatable(closing) or {}).__close
    local value = closing
    closing = nil
    if close then close(value, problem and problem[1]) end
  end

  -- Takes up to `n` items from the source, fewer if it is slow.
  local function pull(n)
    local began = now()
    while count < n and not exhausted do
      local ok, item = pcall(next_item, state, control)
      if not ok then problem = {item} end
      if not ok or item == nil then
        close_source()
        break
      end
      count = count + 1
      items[count], control = item, item
      if (slow or count & 15 == 0) and now() - began > 1e-3 then break end
    end
    slow = now() - began > 1e-3
    if count == 0 then return nil end
    local chunk = {first = pulled + 1, n = count, items = items}
    pulled, items, count = pulled + count, {}, 0
    return chunk
  end

  local function wants() return #again > 0 or (count > 0 or not exhausted) and job.count + unfetched < 3 * p.size end

  local function feed(worker)
    local room, chunk = (p.per_worker or huge) - worker.given, nil
    if #again > 0 then
      chunk = take_again(p, job, room)
    else
      local bound = max(1, handed // (4 * p.size))
      chunk = pull(min(size(job, bound), job.chunk or bound, room))
    end
    if not chunk then return let_go(p, job) end
    dispatch(p, job, worker, chunk, is_early(p, job, chunk.n, huge))
  end

  local function take_ready()
    local key = by_index and handed + 1 or first_ready
    local chunk = ready[key]
    if not chunk then return end
    ready[key], first_ready, current, position = nil, first_ready + 1, chunk, 0
    return true
  end

  local function has_ready() return ready[by_index and handed + 1 or first_ready] ~= nil end

  local function finish_all(failure)
    if job.over then return end
    if not exhausted then close_source() end
    finish(p, job, failure)
  end

  local function step()
    local p = iterator.p -- which keeps it
    while true do
      if current then
        position = position + 1
        if position <= current.n then
          handed = handed + 1
          local failure = current.errors and current.errors[position]
          if failure then error(failure, 0) end
          local value, index = current.results[position], current.first + position - 1
          is_nil = value == nil and index
          return value, index
        end
        current, unfetched = nil, unfetched - 1
      end
      if job.over then return nil end
      if p.closed then error("pool is closed", 0) end
      let_go(p, job) -- the last call may have been cut short
      local reply = job.replies:recv(0)
      while reply do
        receive(job, reply)
        reply = job.replies:recv(0)
      end
      while not (slow and has_ready()) and wants() do
        local number = p.idle:recv(0)
        if not number then break end
        local worker = take(p, job, number)
        if worker then feed(worker) end
      end
      if not take_ready() then
        if job.count == 0 and exhausted and count == 0 and #again == 0 then
          finish(p, job)
          if problem then error(problem[1], 0) end
          return nil
        end
        local answer, worker = await(p, job, wants())
        if answer then receive(job, answer) elseif worker then feed(worker) end
      end
    end
  end

  local function iterate()
    is_nil = nil
    if current and position < current.n and not current.errors then -- as in `step`, without a protected call
      local value = current.results[position + 1]
      if value ~= nil then
        position, handed = position + 1, handed + 1
        return value, current.first + position - 1
      end
    end
    local ok, value, index = pcall(step)
    if ok then
      if index then return value, index end
      return nil
    end
    error(value, type(value) == "string" and value ~= (problem and problem[1]) and 2 or 0)
  end

  return iterate, nil, nil, setmetatable({}, {__close = function(_, failure)
    finish_all(failure)
    if is_nil and failure == nil then
      error(("the result of item %d is nil, which has ended the loop"):format(is_nil), 0)
    end
  end})
end

-- MARK: submit

-- The task behind the handle of a call.
local function attend(p, job, parcel)
  local chunk, handle
  local leaving <close> = setmetatable({}, {__close = function(_, failure)
    let_go(p, job)
    if chunk and failure ~= nil and job.count > 0 then
      if not handle then
        local index, reply = select_case {job.replies, chunk.worker.handle}
        handle = index == 1 and reply.handle
      end
      if handle then
        handle:cancel()
        handle:wait()
      end
    end
    if chunk and chunk.worker then clear(p, chunk) end
    job.replies:close()
    if failure ~= nil and not p.stopped then renew_offers(p) end
  end})
  repeat
    do
      local turn <close> = p.turn:acquire()
      local _, worker = await(p, job, true)
      chunk = {}
      local problem = give(p, job, worker, chunk, {parcel = parcel, name = task.current().name, replies = job.replies})
      if problem then error(problem, 0) end
    end
    local reply = await(p, job, false)
    handle = reply.handle
    native.errand(handle)
    if not handle then take_back(job, chunk) end
  until handle or #parcel == 0
  local ended
  if handle then
    local worker = chunk.worker
    select_case {handle, worker.handle}
    ended = handle:wait(0)
    local results = pack(pcall(handle.join, handle, 0))
    if results[1] then
      job.count = 0
      return unpack(results, 2, results.n)
    end
    -- Without a code it is what one sees of a process's death at first. A call that ends its thread is cancelled by that.
    local failure = results[2]
    local is_death = not ended or failure.kind == "exit" and not failure.code and not failure.signal
      or failure.kind == "cancelled" and worker.handle:wait(0)
    if is_death and worker.handle:wait(2) then bury(p, worker) else chunk.failure = failure end
  end
  job.count = 0
  -- A call whose worker was cancelled has been cancelled, too.
  if chunk.failure.kind == "cancelled" then
    task.current():cancel(chunk.failure.message)
    task.yield()
  end
  error(chunk.failure, 0)
end

local function submit(p, fn, ...)
  if p.closed then error("pool is closed", 0) end
  local ok, problem = pcall(native.check, p.kind == "process", fn, ...)
  if not ok then error(problem, 0) end
  if p.failure then
    p.told = true
    error(p.failure, 0)
  end
  local arguments, parcel = pack(...), new_queue()
  arguments.fn = fn
  parcel:send(arguments)
  ids = ids + 1
  local h = spawn(attend, p, {pool = p, id = ids, replies = new_queue(), outstanding = {}, count = 0}, parcel)
  native.attends(h)
  p.tasks[ids] = h
  return h
end

-- MARK: the functions

local Closing = {__close = function(self, failure)
  if failure ~= nil then stop(self.p, true) end
end}

local function close(p)
  if not p.closed then
    p.closed = true
    local closing <close> = setmetatable({p = p}, Closing)
    drain(p)
    stop(p)
  else -- by another task, maybe
    for _, worker in pairs(p.workers) do worker.handle:wait() end
  end
  if p.failure and not p.told then
    p.told = true
    error(p.failure, 0)
  end
end

return {
  map = function(module, options, fn, list) return at_caller(pcall(map_by_own, module, options, fn, list)) end,
  pool = function(module, options, count)
    return at_caller(pcall(function()
      local p, pool = open(module, "pool", count, options), native.new()
      pools[pool] = p
      return pool
    end))
  end,
  pool_map = function(pool, options, fn, list)
    return at_caller(pcall(function()
      local p, count = pools[pool], count_items(list, "map", options and 3 or 2)
      local use <close> = setmetatable({p = p}, Use)
      p.users[use] = true
      return map(p, options, fn, list, count)
    end))
  end,
  imap = function(pool, ...) return at_caller(pcall(imap, pools[pool], "imap", ...)) end,
  imap_unordered = function(pool, ...) return at_caller(pcall(imap, pools[pool], "imap_unordered", ...)) end,
  submit = function(pool, ...) return at_caller(pcall(submit, pools[pool], ...)) end,
  close = function(pool) close(pools[pool]) end,
  leave = function(pool, failure)
    local p = pools[pool]
    if failure == nil then return close(p) end
    if not p.closed then stop(p, true) end
  end,
  describe = function(pool)
    local p = pools[pool]
    if p.closed then return "pool: closed" end
    local kind = p.kind == "thread" and "thread" or "process"
    return ("pool: %d %s%s"):format(p.size, kind, p.size == 1 and "" or kind == "thread" and "s" or "es")
  end,
}
