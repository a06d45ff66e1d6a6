-- A task may be joined many times and by many tasks, before and after its end: all get the same results.
local go = channel.new()
local worker = task.spawn(function()
  go:recv()
  return 1, nil, "three"
end)
local joiners = {}
for i = 1, 3 do
  joiners[i] = task.spawn(function() return i, worker:join() end)
end
task.yield()
go:send(true)
print(worker:join()) --> 1	nil	three
print(worker:join()) --> 1	nil	three
for i = 1, 3 do print(joiners[i]:join()) end
--> 1	1	nil	three
--> 2	1	nil	three
--> 3	1	nil	three
print(select("#", task.spawn(function() return nil, nil end):join())) --> 2
local object = {}
local maker = task.spawn(function() return object end)
print(maker:join() == object, maker:join() == maker:join()) --> true	true
