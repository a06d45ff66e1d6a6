-- A flood of messages, or tasks that yield for ever, do not starve timers.
local ch = channel.new(1)
local stop = false
local flooder = task.spawn(function()
  while not stop do ch:send(1) end
  ch:close()
end)
local drain = task.spawn(function()
  local n = 0
  for _ in ch do n = n + 1 end
  return n
end)
task.spawn({daemon = true}, function() while true do task.yield() end end)
timer.after(0.005, function()
  print("the timer fires")
  stop = true
end) --> the timer fires
print(flooder:wait(), drain:join() > 0) --> done	true

-- The same with a flood from another thread.
local flood = channel.new(16)
local go_on = channel.new()
local sender = thread.spawn(function()
  while #go_on == 0 do flood:send(1) end
  flood:close()
end)
timer.after(0.005, function()
  print("so does this one")
  go_on:send(true)
end) --> so does this one
for _ in flood do end
print(sender:wait()) --> done
