-- Waiting senders are served in the order in which they came, in one state and across threads.
for _, capacity in ipairs { 0, 1, 3 } do
  local ch = channel.new(capacity)
  for i = 1, capacity do ch:send("first " .. i) end
  local senders = {}
  for i = 1, 6 do
    local spawn = i % 2 == 0 and task.spawn or thread.spawn
    senders[i] = spawn(function() return ch:send(i) end)
    repeat sleep(0.0005) until senders[i]:status() == "waiting"
  end
  -- A newcomer does not overtake those who wait.
  assert(ch:send("newcomer", 0) == nil)
  for _ = 1, capacity do ch:recv() end
  local got = {}
  for i = 1, 6 do got[i] = ch:recv() end
  for i = 1, 6 do assert(senders[i]:join() == true) end
  print(table.concat(got, " "), #ch)
end
--> 1 2 3 4 5 6	0
--> 1 2 3 4 5 6	0
--> 1 2 3 4 5 6	0
