-- Closing wakes every waiting receiver, in this state and in others, with nil and "closed".
local ch = channel.new()
local waiting = {}
for i = 1, 3 do waiting[#waiting + 1] = task.spawn(function() return ch:recv() end) end
waiting[#waiting + 1] = task.spawn(function() return ch:recv(1e9) end)
waiting[#waiting + 1] = task.spawn(function()
  local n = 0
  for _ in ch do n = n + 1 end
  return nil, n
end)
for i = 1, 2 do waiting[#waiting + 1] = thread.spawn(function(c) return c:recv() end, ch) end
for _, h in ipairs(waiting) do
  repeat sleep(0.0005) until h:status() == "waiting"
end
ch:close()
for _, h in ipairs(waiting) do print(h:join()) end
--> nil	closed
--> nil	closed
--> nil	closed
--> nil	closed
--> nil	0
--> nil	closed
--> nil	closed
