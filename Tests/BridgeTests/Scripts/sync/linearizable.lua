-- Histories of random calls by four threads have an order that the plain things could have seen, of which each object is
-- made: whether it is held, how many permits are free, whether it is set, a number.
package.path = "../shared/?.lua;" .. package.path
local histories = require "histories"

local objects = {
  lock = sync.lock(), sem = sync.semaphore(2), rw = sync.rwlock(), event = sync.event(), counter = shared.counter(),
}

local function worker(seed, go, objects, steps)
  math.randomseed(seed)
  local history, held = {}, {}
  go:wait()
  local function acquire(call, what, method, ...)
    local guard = objects[what][method](objects[what], ...)
    call.result = guard ~= nil
    if guard then held[what], held[what .. method] = guard, true end
  end
  local function release(call, what, method)
    held[what]:release()
    held[what], held[what .. method] = nil, nil
  end
  for step = 1, steps do
    local op = ({"lock", "sem", "read", "write", "event", "counter", "available"})[math.random(7)]
    local call = {op = op, begin = timer.now()}
    if op == "lock" or op == "sem" then
      if held[op] then
        call.op = op .. ".release"
        release(call, op, "acquire")
      else
        -- Who waits for one has nothing else, so nobody waits for ever.
        acquire(call, op, "acquire", not next(held) and 60 or 0)
      end
    elseif op == "read" or op == "write" then
      if held.rw then
        call.op = held.rwread and "read.release" or "write.release"
        release(call, "rw", held.rwread and "read" or "write")
      else
        acquire(call, "rw", op, 0)
      end
    elseif op == "event" then
      local method = ({"set", "clear", "is_set", "wait"})[math.random(4)]
      call.op = "event." .. method
      call.result = objects.event[method](objects.event, method == "wait" and 0 or nil)
    elseif op == "counter" then
      call.n = math.random(3)
      call.result = objects.counter:add(call.n)
    else
      call.result = objects.sem:available()
    end
    call.finish = timer.now()
    history[step] = call
  end
  for what, method in pairs {lock = "acquire", sem = "acquire", rw = held.rwread and "read" or "write"} do
    if held[what] then
      local op = what == "rw" and method or what
      local call = {op = op .. ".release", begin = timer.now()}
      release(call, what, method)
      call.finish = timer.now()
      history[#history + 1] = call
    end
  end
  return history
end

local function model(count)
  local now = {lock = 1, sem = 2, readers = 0, writers = 0, event = false, counter = count}
  local function step(call)
    local op = call.op
    if op == "lock" or op == "sem" then
      if now[op] > 0 then return true, op, now[op] - 1 end
      return false
    elseif op == "lock.release" then return nil, "lock", now.lock + 1
    elseif op == "sem.release" then return nil, "sem", now.sem + 1
    elseif op == "available" then return now.sem
    elseif op == "read" then
      if now.writers == 0 then return true, "readers", now.readers + 1 end
      return false
    elseif op == "write" then
      if now.writers + now.readers == 0 then return true, "writers", 1 end
      return false
    elseif op == "read.release" then return nil, "readers", now.readers - 1
    elseif op == "write.release" then return nil, "writers", 0
    elseif op == "event.set" then return nil, "event", true
    elseif op == "event.clear" then return nil, "event", false
    elseif op == "event.is_set" then return now.event
    elseif op == "event.wait" then return now.event or nil
    elseif op == "counter" then return now.counter + call.n, "counter", now.counter + call.n end
  end
  return {
    try = function(call)
      local result, field, value = step(call)
      if result ~= call.result then return nil end
      if not field then return function() end end
      local old = now[field]
      now[field] = value
      return function() now[field] = old end
    end,
    state = function()
      return ("%d %d %d %d %s %d"):format(now.lock, now.sem, now.readers, now.writers, now.event, now.counter)
    end,
  }
end

-- The checker finds what is wrong: two have the lock, a permit too many.
local function at(op, begin, finish, result) return {op = op, begin = begin, finish = finish, result = result} end
print(histories({{at("lock", 1, 2, true)}, {at("lock", 1, 2, false)}}, model(0))) --> true
print(histories({{at("lock", 1, 2, true)}, {at("lock", 1, 2, true)}}, model(0))) --> false
print(histories({{at("sem", 1, 2, true)}, {at("sem", 3, 4, true)}, {at("available", 3, 4, 2)}}, model(0))) --> false

local wrong = 0
for round = 1, 40 do
  local go, threads, lists = sync.event(), {}, {}
  local count = objects.counter:get()
  objects.event:clear()
  for i = 1, 4 do threads[i] = thread.spawn(worker, round * 10 + i, go, objects, 15) end
  go:set()
  for i, t in ipairs(threads) do lists[i] = t:join() end
  if not histories(lists, model(count)) then wrong = wrong + 1 end
end
print(wrong) --> 0
