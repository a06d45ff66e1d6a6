-- Taking a lock that one holds raises an error of kind deadlock. The lock stays as it is.
local function kind(f, ...)
  local ok, e = pcall(f, ...)
  return ok, type(e) == "table" and e.kind
end
local lock = sync.lock()
local held = lock:acquire()
print(kind(lock.acquire, lock)) --> false	deadlock
print(kind(lock.acquire, lock, 0)) --> false	deadlock
print(kind(lock.with, lock, print)) --> false	deadlock
print((select(2, pcall(lock.acquire, lock)).message:gsub("%d+", "N")))
--> deadlock: main -> main (acquire of lock: N, which it holds already)
-- A coroutine is the same task.
print(kind(coroutine.wrap(function() return lock:acquire() end))) --> false	deadlock
-- Another task is another one.
local t = task.spawn(function() return (lock:acquire(0)) end)
print(t:join()) --> nil
held:release()

local rw = sync.rwlock()
local r = rw:read()
print(kind(rw.read, rw), kind(rw.write, rw)) --> false	false	deadlock
r:release()
local w <close> = rw:write()
print(kind(rw.read, rw), kind(rw.write, rw)) --> false	false	deadlock
