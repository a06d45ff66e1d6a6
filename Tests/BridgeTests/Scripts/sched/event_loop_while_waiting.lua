--! args: --simulate 1d
-- Events run while the main chunk waits for something else, in order of priority when they are due together.
local ch = channel.new()
sched.enter(0.005, 1, function() ch:send("from an event") end)
print(ch:recv(), sched.empty()) --> from an event	true

local at = timer.now() + 0.005
for i = 3, 1, -1 do sched.enterabs(at, i, print, "priority", i) end
sleep(0.02)
--> priority	1
--> priority	2
--> priority	3
print(task.spawn(function()
  local done = channel.new()
  sched.enter(-1, 1, function() done:send("late") end)
  return done:recv()
end):join()) --> late
