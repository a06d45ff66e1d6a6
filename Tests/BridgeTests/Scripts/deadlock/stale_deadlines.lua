--! args: --simulate 1d
-- Deadlines of waits that are over, and timers that were cancelled, save nobody.
local ch = channel.new()
task.spawn(function() ch:send("in time") end)
print(ch:recv(1000)) --> in time
local t = timer.after(1000, function() ch:send("late") end)
task.spawn(function()
  sleep(0.01)
  t:cancel()
end)
local ok, e = pcall(ch.recv, ch)
print(ok, e.kind) --> false	deadlock
