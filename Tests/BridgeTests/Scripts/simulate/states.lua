--! args: --simulate 1d
-- Threads and child processes follow the same clock, and take turns in the order in which they were made.
local out = channel.new()
for i = 1, 8 do
  thread.spawn({name = "w" .. i}, function()
    for k = 1, 3 do
      sleep(k % 2 == 0 and 10 or i)
      out:send(("%d.%d at %g"):format(i, k, timer.now()))
    end
  end)
end
local lines = {}
for n = 1, 24 do lines[n] = out:recv() end
print(table.concat(lines, ", ", 1, 9))
--> 1.1 at 1, 2.1 at 2, 3.1 at 3, 4.1 at 4, 5.1 at 5, 6.1 at 6, 7.1 at 7, 8.1 at 8, 1.2 at 11
print(table.concat(lines, ", ", 10))
--> 1.3 at 12, 2.2 at 12, 3.2 at 13, 2.3 at 14, 4.2 at 14, 5.2 at 15, 3.3 at 16, 6.2 at 16, 7.2 at 17, 4.3 at 18, 8.2 at 18, 5.3 at 20, 6.3 at 22, 7.3 at 24, 8.3 at 26

-- Due at the same instant: in the order in which they were made. A lock is passed on as they wait for it.
local lock = sync.lock()
local group <close> = task.group()
for i = 1, 4 do
  group:thread(function()
    sleep(100 - timer.now())
    lock:with(function()
      print(i, timer.now())
      sleep(1)
    end)
  end)
end
group:join()
--> 1	100.0
--> 2	101.0
--> 3	102.0
--> 4	103.0

local inbox = channel.new(1)
local children = {}
for i = 1, 3 do
  children[i] = process.spawn({name = "p" .. i}, function()
    for k = 1, 2 do
      sleep(i * k)
      inbox:send(("p%d %d %g"):format(i, k, timer.now()))
    end
    return timer.simulated(), timer.now()
  end)
end
for _ = 1, 6 do print(inbox:recv()) end
--> p1 1 105
--> p2 1 106
--> p1 2 107
--> p3 1 107
--> p2 2 110
--> p3 2 113
for _, child in ipairs(children) do print(child:join()) end
--> true	107.0
--> true	110.0
--> true	113.0
print(timer.now()) --> 113.0
