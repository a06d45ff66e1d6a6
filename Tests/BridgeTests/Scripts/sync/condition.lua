--! args: --simulate 1d
-- wait gives the lock back and takes it again before it returns.
local lock = sync.lock()
local changed = sync.condition(lock)
local queue, log = {}, {}
local function consume()
  local held <close> = lock:acquire()
  while #queue == 0 do changed:wait() end
  log[#log + 1] = table.remove(queue, 1)
end
local tasks = {task.spawn(consume), task.spawn(consume)}
sleep(0)
print((tostring(changed):gsub("condition: %d+", "condition: N"))) --> condition: N (2 waiting)
do
  local held <close> = lock:acquire()
  queue = {"a", "b"}
  print(changed:notify()) --> 1
  print(changed:notify_all()) --> 1
  print(changed:notify()) --> 0
  sleep(0.002)
  print(#log) --> 0
end
for _, t in ipairs(tasks) do t:join() end
print(table.concat(log, " ")) --> a b

-- A timeout; the lock is held again all the same.
do
  local held <close> = changed:acquire()
  print(changed:wait(0.002)) --> nil	timeout
  print(changed:wait(0)) --> nil	timeout
  print((tostring(lock):gsub("%d+", "N"))) --> lock: N (held)
end
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (free)
print(changed:with(function(...) return tostring(lock):match("%a+%)"), ... end, 1)) --> held)	1

-- Without the lock it cannot wait.
print(pcall(changed.wait, changed)) --> false	attempt to wait without holding the lock of the condition
print(pcall(sync.condition, sync.rwlock())) --> false	bad argument #1 to 'condition' (lock expected, got rwlock)

-- Among threads, with a lock of its own.
local own, m = sync.condition(), shared.map("condition.lua")
m:set("turn", 1)
local threads = {}
for i = 1, 3 do
  threads[i] = thread.spawn(function()
    for round = 1, 20 do
      local held <close> = own:acquire()
      while m:get("turn") % 3 + 1 ~= i do own:wait() end
      m:incr("turn")
      own:notify_all()
    end
  end)
end
for _, t in ipairs(threads) do t:join() end
print(m:get("turn")) --> 61

-- A task that is cancelled while it waits has the lock again when its handlers run.
local t = task.spawn(function()
  local held <close> = lock:acquire()
  local check <close> = setmetatable({}, {__close = function(_, e)
    print(e.kind, tostring(lock):match("%a+%)"), select(2, pcall(lock.acquire, lock)).kind)
  end})
  changed:wait()
end)
sleep(0)
local held = lock:acquire()
t:cancel()
sleep(0.002)
print("not yet") --> not yet
held:release()
print(t:wait()) --> cancelled	held)	deadlock
--> cancelled
print((tostring(lock):gsub("%d+", "N"))) --> lock: N (free)
