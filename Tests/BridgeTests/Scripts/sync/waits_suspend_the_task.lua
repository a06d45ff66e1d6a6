--! args: --simulate 1d
-- Waiting suspends the task, not the state; those who wait are served in order of arrival.
local lock = sync.lock()
local held = lock:acquire()
local order, tasks = {}, {}
for i = 1, 5 do
  tasks[i] = task.spawn(function()
    local held <close> = lock:acquire()
    order[#order + 1] = i
    task.yield()
  end)
end
for _ = 1, 3 do sleep(0.001) end
print(#order) --> 0
held:release()
for _, t in ipairs(tasks) do t:join() end
print(table.concat(order, " ")) --> 1 2 3 4 5

-- Also where Lua cannot be suspended: there the thread waits.
local other = thread.spawn(function() local held = lock:acquire() sleep(0.02) held:release() end)
while not tostring(lock):find("held") do sleep(0.001) end
table.sort({2, 1}, function(a, b)
  local held <close> = lock:acquire()
  return a < b
end)
print(other:wait()) --> done

-- A task of the state that is held up could never give the lock back.
local t = task.spawn({name = "holder"}, function() local held <close> = lock:acquire() sleep(0.01) end)
sleep(0)
local ok, e = pcall(table.sort, {2, 1}, function(a, b)
  local held <close> = lock:acquire()
  return a < b
end)
print(e.kind, e.message)
--> deadlock	deadlock: main -> holder (the wait holds up the state that both run in)
