-- A finalizer runs in the middle of any task, maybe of one that holds the lock: there no lock can be taken.
local lock, rw, sem, cond = sync.lock(), sync.rwlock(), sync.semaphore(1), sync.condition()
local once, event = sync.once(print), sync.event()
local m = shared.map()
local updated = sync.lock()
setmetatable({}, {__gc = function()
  print(pcall(lock.acquire, lock)) --> false	attempt to take a lock in a finalizer
  print(pcall(lock.with, lock, print)) --> false	attempt to take a lock in a finalizer
  print(pcall(rw.read, rw)) --> false	attempt to take a rwlock in a finalizer
  print(pcall(rw.write, rw)) --> false	attempt to take a rwlock in a finalizer
  print(pcall(sem.acquire, sem)) --> false	attempt to take a semaphore in a finalizer
  print(pcall(cond.acquire, cond)) --> false	attempt to take a lock in a finalizer
  print(pcall(once)) --> false	attempt to call a once in a finalizer
  print(pcall(m.update, m, "k", print)) --> false	attempt to update 'k' in a map in a finalizer
  -- What takes nothing works.
  event:set()
  sem:release()
  m:set("k", "set")
  print(m:get("k"), m:incr("n"), m:delete("k")) --> set	1	true
end})
collectgarbage()
print(tostring(lock):match("%a+%)"), event:is_set(), sem:available()) --> free)	true	2

-- Nor when the state is closed.
local said = channel.new()
thread.spawn(function()
  setmetatable({}, {__gc = function() said:send((select(2, pcall(lock.acquire, lock)))) end})
end)
print(said:recv()) --> attempt to take a lock in a finalizer
print(lock:with(function() return "still usable" end)) --> still usable
