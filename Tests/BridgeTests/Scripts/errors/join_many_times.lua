-- A handle may be joined many times: all get the same answer, the result or the error.
local ok_work = thread.spawn(function() return 1, nil, { x = 2 }, nil end)
for _ = 1, 3 do
  local a, b, c, d = ok_work:join()
  print(select("#", ok_work:join()), a, b, c.x, d)
end
--> 4	1	nil	2	nil
--> 4	1	nil	2	nil
--> 4	1	nil	2	nil

local bad = thread.spawn({ name = "dum" }, function()
  thread.inbox:recv()
  error({ code = 7 })
end)
task.spawn(function() bad:send("go") end) -- runs when the join below waits
for _ = 1, 3 do
  local ok, e = pcall(bad.join, bad)
  print(ok, e.kind, e.value.code, e.origin)
end
--> false	error	7	dum
--> false	error	7	dum
--> false	error	7	dum
print(bad:wait(), bad:wait(0), bad:status()) --> failed	failed	failed

-- Timing out first changes nothing about the answer.
local slow = thread.spawn(function() return thread.inbox:recv() end)
local ok, e = pcall(slow.join, slow, 0)
print(ok, e.kind) --> false	timeout
slow:send("late")
print(slow:join(), slow:join(0)) --> late	late

-- The same for tasks.
local t = task.spawn(function() error("boom", 0) end)
for _ = 1, 2 do
  local caught, f = pcall(t.join, t)
  print(caught, f.message)
end
--> false	boom
--> false	boom
