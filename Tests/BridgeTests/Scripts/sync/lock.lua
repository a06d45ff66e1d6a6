-- A lock is held by one task at a time. Its guard gives it back, by hand or at the end of its block.
local lock = sync.lock()
local held, why = lock:acquire()
print(type(held), why) --> userdata	nil
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (held)
print((tostring(held):gsub("%d+", "N"))) --> guard of lock: N (held)
held:release()
held:release()
print((tostring(held):gsub("%d+", "N"))) --> guard of lock: N (released)
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (free)

do
  local held <close> = lock:acquire()
  print((tostring(lock):gsub("%d+", "N"))) --> lock: N (held)
end
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (free)

-- An error gives it back, too.
print(pcall(function()
  local held <close> = lock:acquire()
  error("boom", 0)
end)) --> false	boom
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (free)

print(lock:with(function(...)
  print((tostring(lock):gsub("%d+", "N"))) --> lock: N (held)
  return select("#", ...), ...
end, 1, nil)) --> 2	1	nil
print(pcall(lock.with, lock, error, "boom")) --> false	boom
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (free)
