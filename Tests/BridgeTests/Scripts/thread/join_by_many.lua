-- A thread may be joined many times, by many tasks and by other threads: all get the same results.
local go = channel.new()
local worker = thread.spawn({name = "worker"}, function() go:recv() return 1, nil, {"list"} end)
local function result_of(handle)
  local a, b, c = handle:join()
  return a, b, c[1]
end
local tasks, threads = {}, {}
for i = 1, 10 do tasks[i] = task.spawn(result_of, worker) end
for i = 1, 3 do threads[i] = thread.spawn(result_of, worker) end
task.yield()
go:send(true)
print(result_of(worker)) --> 1	nil	list
print(result_of(worker)) --> 1	nil	list
for i = 1, 10 do
  local a, b, c = tasks[i]:join()
  assert(a == 1 and b == nil and c == "list")
end
for i = 1, 3 do print(threads[i]:join()) end
--> 1	nil	list
--> 1	nil	list
--> 1	nil	list
print(worker:wait(), worker:wait(0), (worker:join(0))) --> done	done	1
