-- A few slow items spread over all workers: no item waits behind another one while a worker is free.
local arrived, go_on = channel.new(), channel.new()
task.spawn(function()
  for _ = 1, 10 do arrived:recv() end
  for _ = 1, 10 do go_on:send(true) end
end)
local list = {}
for i = 1, 10 do list[i] = i end
local results = thread.map({workers = 10}, function(i)
  arrived:send(i)
  go_on:recv()
  return i
end, list)
print(table.concat(results, " ")) --> 1 2 3 4 5 6 7 8 9 10
