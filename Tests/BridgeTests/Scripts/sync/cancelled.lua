-- Cancelled while it waits: it leaves no ghost, and the next one gets the lock.
local lock = sync.lock()
for _, where in ipairs {task.spawn, thread.spawn} do
  local held = lock:acquire()
  local waiter = where(function()
    local held <close> = lock:acquire()
    return "taken"
  end)
  while waiter:status() ~= "waiting" do sleep(0.001) end
  waiter:cancel()
  print(waiter:wait()) --> cancelled
  local next = where(function()
    local held <close> = lock:acquire()
    return "taken"
  end)
  held:release()
  print(next:join()) --> taken
end
--> cancelled
--> taken

-- A deadline does the same.
local held = lock:acquire()
local t = task.spawn(function() return task.timeout(0.01, lock.acquire, lock) end)
print(select(2, pcall(t.join, t)).kind) --> timeout
held:release()
local held, why = lock:acquire()
print(why) --> nil
