--! args: --simulate 1d
-- run executes the events one after the other, as Python's does: one that waits delays the next; other tasks go on.
local ticks = 0
local ticker = task.spawn(function() for _ = 1, 5 do ticks = ticks + 1 task.yield() end end)
sched.enterabs(0, 1, function()
  print("first begins")
  sleep(0.01)
  print("first ends", ticks)
end)
sched.enterabs(0, 2, print, "second")
sched.run()
--> first begins
--> first ends	5
--> second
