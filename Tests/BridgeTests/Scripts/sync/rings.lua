-- Two tasks that hold one lock each and want the other's: found when the ring closes, with both lines.
local function ring(spawn, name)
  local a, b = sync.lock(), sync.lock()
  local steps = channel.new(0)
  local first = spawn({name = name .. "-1"}, function()
    local held <close> = a:acquire()
    steps:recv()
    local both <close> = b:acquire()
  end)
  local second = spawn({name = name .. "-2"}, function()
    local held <close> = b:acquire()
    steps:send("b is held")
    steps:recv()
    local both <close> = a:acquire()
  end)
  while first:status() ~= "waiting" or second:status() ~= "waiting" do sleep(0.001) end
  sleep(0.02)
  steps:send("b is waited for")
  local ok, e = pcall(second.join, second)
  print(ok, e.kind)
  print((e.message:gsub("lock: %d+", "lock: N")))
  print(first:wait())
end
ring(task.spawn, "task")
--> false	deadlock
--> deadlock: task-2 -> task-1 -> task-2
-->   task 'task-2' at rings.lua:14: acquire of lock: N
-->   task 'task-1' at rings.lua:8: acquire of lock: N
--> done
ring(thread.spawn, "thread")
--> false	deadlock
--> deadlock: thread-2 -> thread-1 -> thread-2
-->   thread 'thread-2' at rings.lua:14: acquire of lock: N
-->   thread 'thread-1' at rings.lua:8: acquire of lock: N
--> done

-- A ring of a lock and a join.
local lock = sync.lock()
local held = lock:acquire()
local t = task.spawn({name = "joined"}, function() return lock:acquire() end)
sleep(0)
local ok, e = pcall(t.join, t)
print(e.kind)
print((e.message:gsub("lock: %d+", "lock: N")))
--> deadlock
--> deadlock: main -> joined -> main
-->   thread 'main' at rings.lua:42: join of task 'joined'
-->   task 'joined' at rings.lua:40: acquire of lock: N
held:release()
t:join()

-- With a timeout it is no deadlock.
local a, b = sync.lock(), sync.lock()
local first = task.spawn(function()
  local held <close> = a:acquire()
  sleep(0.005)
  return select(2, b:acquire(0.02))
end)
local second = task.spawn(function()
  local held <close> = b:acquire()
  sleep(0.005)
  local both, why = a:acquire()
  return tostring(why)
end)
print(first:join(), second:join()) --> timeout	nil
local first = task.spawn(function()
  local held <close> = a:acquire()
  sleep(0.005)
  return (select(2, pcall(task.timeout, 0.02, b.acquire, b)).kind)
end)
local second = task.spawn(function()
  local held <close> = b:acquire()
  sleep(0.005)
  local both, why = a:acquire()
  return tostring(why)
end)
print(first:join(), second:join()) --> timeout	nil

-- A join that a deadline ends is in no ring.
local held = lock:acquire()
local t = task.spawn(function() local held <close> = lock:acquire() return "taken" end)
print(select(2, pcall(task.timeout, 0.01, t.join, t)).kind) --> timeout
held:release()
print(t:join()) --> taken
--! args: --simulate 1d
