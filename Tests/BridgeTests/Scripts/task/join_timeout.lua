--! real: polls until work has ended, so that virtual time would stand
-- A join that outlasts its timeout raises kind timeout and leaves the work running; a result that is there wins.
local go = channel.new()
local worker = task.spawn({name = "slow"}, function() go:recv() return "late" end)

for _, seconds in ipairs{0, -1, 0.002} do
  local ok, e = pcall(worker.join, worker, seconds)
  print(ok, e.kind)
end
--> false	timeout
--> false	timeout
--> false	timeout
print(worker:status()) --> waiting
go:send(true)
print(worker:join(3600)) --> late
print(worker:join(0), worker:join(-1), worker:join(math.huge), worker:join(nil)) --> late	late	late	late

-- wait says so instead of raising.
local other = task.spawn(function() go:recv() return "x" end)
print(other:wait(0)) --> nil	timeout
print(other:wait(0.002)) --> nil	timeout
go:send(true)
print(other:wait(math.huge), other:wait(0), other:wait()) --> done	done	done

for _, bad in ipairs{0 / 0, "soon", {}} do
  local ok, message = pcall(function() worker:join(bad) end)
  print(ok, message:match("bad argument #1 to 'join'"))
end
--> false	bad argument #1 to 'join'
--> false	bad argument #1 to 'join'
--> false	bad argument #1 to 'join'

-- Polling lets the others run.
local polled = task.spawn(function() sleep(0.001) return "polled" end)
local ok, result
repeat ok, result = pcall(polled.join, polled, 0) until ok
print(result) --> polled
local g = task.group()
g:task(sleep, 0.001)
repeat until pcall(g.join, g, 0)
polled = task.spawn(function() sleep(0.001) return "polled" end)
repeat local status = polled:wait(0) until status
print(polled:join()) --> polled
