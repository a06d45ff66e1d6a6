--! args: --simulate 1d
-- A function that a lock's `with` calls in a coroutine: what becomes of the lock if the coroutine is left suspended.
local function start(take, ...)
  local co = coroutine.create(take)
  assert(coroutine.resume(co, ...))
  return co
end
local function hold(lock)
  return lock:with(function()
    coroutine.yield()
    return "end"
  end)
end
local function is_free(lock) return tostring(lock):find("free", 1, true) ~= nil end

-- It is held, whatever else the task does.
local lock = sync.lock()
local co = start(hold, lock)
print(is_free(lock)) --> false
print(task.spawn(function() return lock:acquire(0) end):join()) --> nil	timeout

-- Closing the coroutine gives it back, after the handlers inside; nobody needs to be told. So does finishing it.
print(coroutine.close(co), is_free(lock)) --> true	true
print(select("#", lock:acquire():release()), is_free(lock)) --> 0	true
co = start(function()
  lock:with(function()
    local closing <close> = setmetatable({}, {__close = function()
      print("closing", is_free(lock))
      error("in the handler", 0)
    end})
    coroutine.yield()
  end)
end)
print(coroutine.close(co))
--> closing	false
--> false	in the handler
print(is_free(lock)) --> true
co = start(hold, lock)
print(coroutine.resume(co)) --> true	end
print(is_free(lock)) --> true

-- What waits goes on then, and several are given back together.
local rw, sem, cond = sync.rwlock(), sync.semaphore(1), sync.condition()
co = start(function()
  rw:with_write(function() sem:with(function() cond:with(function() lock:with(coroutine.yield) end) end) end)
end)
local waiting = {}
for i, take in ipairs {
  function() return rw:read() end, function() return sem:acquire() end, function() return cond:acquire() end,
  function() return lock:acquire() end,
} do
  waiting[i] = task.spawn(function() return select("#", take()) end)
end
sleep(0)
coroutine.close(co)
for i = 1, 4 do io.write(waiting[i]:join(), " ") end
print() --> 1 1 1 1 

-- The same for what else calls a function: an update, a once, a timeout.
local m, once = shared.map(), sync.once(function(again) return again or coroutine.yield() end)
m:set("k", 1)
co = start(function() m:update("k", coroutine.yield) end)
local writer = task.spawn(function() m:set("k", 2) end)
sleep(0)
print(writer:status(), m:get("k"), coroutine.close(co), writer:wait(), m:get("k")) --> waiting	1	true	done	2
co = start(function() once() end)
print(coroutine.close(co), once:done(), once("now")) --> true	false	now
co = start(function() task.timeout(0.001, coroutine.yield) end)
print(coroutine.close(co), sleep(0.01)) --> true

-- At the task's end at the latest it is given back, and the next one is told. That holds for guards as well.
task.spawn(function() start(hold, lock) end):join()
print(select(2, lock:acquire())) --> abandoned
local other = sync.lock()
task.spawn(function() start(function()
  local held <close> = other:acquire()
  coroutine.yield()
end) end):join()
print(select(2, other:acquire())) --> abandoned

-- Another task may go on with it, whether the one that took the lock has ended or not.
local moved, taken = sync.lock(), nil
task.spawn(function() taken = start(hold, moved) end):join()
print(is_free(moved), coroutine.resume(taken)) --> true	true	end
local taker = task.spawn(function()
  taken = start(hold, moved)
  sleep(1000)
end)
sleep(0)
print(is_free(moved), coroutine.resume(taken)) --> false	true	end
print(is_free(moved)) --> true
taken = nil
taker:cancel()
taker:wait()

-- Closed inside of a handler of a task that is cancelled: that goes on with its end.
local ended = task.spawn(function()
  local l = sync.lock()
  local inner = start(hold, l)
  local closing <close> = setmetatable({}, {__close = function()
    print(coroutine.close(inner), is_free(l))
    inner = start(hold, l)
    print(coroutine.close(inner), is_free(l))
  end})
  sleep(1000)
end)
sleep(0)
ended:cancel()
print(ended:wait())
--> true	true
--> true	true
--> cancelled
