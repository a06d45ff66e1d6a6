-- Waiting receivers are served in the order in which they came, in one state and across threads.
local ch = channel.new()
local tasks = {}
for i = 1, 5 do tasks[i] = task.spawn(function() return ch:recv() end) end
task.yield()
for i = 1, 5 do ch:send("message " .. i) end
for i = 1, 5 do print(tasks[i]:join()) end
--> message 1
--> message 2
--> message 3
--> message 4
--> message 5

local mixed = {}
for i = 1, 6 do
  local spawn = i % 2 == 0 and task.spawn or thread.spawn
  mixed[i] = spawn(function() return ch:recv() end)
  repeat sleep(0.0005) until mixed[i]:status() == "waiting"
end
for i = 1, 6 do ch:send(i) end
local got = {}
for i = 1, 6 do got[i] = mixed[i]:join() end
print(table.concat(got, " ")) --> 1 2 3 4 5 6

-- One that comes later does not overtake one that waits.
local early = task.spawn(function() return ch:recv() end)
task.yield()
ch:send("for the early one")
print(ch:recv(0)) --> nil	timeout
print(early:join()) --> for the early one
