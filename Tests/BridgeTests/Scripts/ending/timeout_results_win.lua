--! args: --simulate 1d
-- A result that is there wins against the deadline.
local ch = channel.new()
ch:send("there")
print(task.timeout(0, function() return ch:recv() end)) --> there
local done = task.spawn(function() return "done" end)
sleep(0)
print(task.timeout(0, done.join, done)) --> done
