--! args: --simulate 1d
-- A guard that was released early does nothing at the end of its block, whoever has the lock by then.
local lock = sync.lock()
local later
do
  local held <close> = lock:acquire()
  held:release()
  later = lock:acquire()
end
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (held)
later:release()

do
  local held <close> = lock:acquire()
  held:release()
  task.spawn(function() later = lock:acquire() end)
  sleep(0)
end
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (free)
print(select(2, lock:acquire())) --> abandoned
