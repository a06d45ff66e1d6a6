-- A join that outlasts its timeout raises kind timeout and leaves the thread running; wait says so instead.
local go = channel.new()
local worker = thread.spawn({name = "slow"}, function() return go:recv() end)
for _, seconds in ipairs{0, -1, 0.002} do
  local ok, e = pcall(worker.join, worker, seconds)
  print(ok, e.kind)
end
--> false	timeout
--> false	timeout
--> false	timeout
print(worker:wait(0), (worker:wait(0.002))) --> nil	nil
print(select(2, worker:wait(-1))) --> timeout
go:send("result")
print(worker:join(3600), worker:join(0), worker:join(math.huge)) --> result	result	result

local ok, message = pcall(function() worker:join(0 / 0) end)
print(ok, message:match("bad argument #1 to 'join'")) --> false	bad argument #1 to 'join'

-- The join that timed out spoils nothing for the one that waits on.
local second = thread.spawn(function() return go:recv() end)
local patient = task.spawn(function() return second:join() end)
print((pcall(second.join, second, 0.001))) --> false
go:send("in the end")
print(patient:join(), second:join()) --> in the end	in the end
