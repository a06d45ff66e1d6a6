--! args: --simulate 1d
-- enter and cancel by another task while run waits take effect at once.
local far = sched.enter(3600, 1, print, "never")
task.spawn(function()
  sleep(0.002)
  sched.enter(0, 1, print, "entered for now")
  task.yield()
  sleep(0.002)
  sched.enter(0.002, 1, print, "entered for soon")
  sleep(0.01)
  print(sched.cancel(far), sched.empty())
end)
sched.run()
--> entered for now
--> entered for soon
--> true	true
print("run has returned") --> run has returned

-- Cancelling the nearest leaves the next; from a timer's callback too.
local nearest = sched.enter(0.01, 1, print, "never")
sched.enter(0.02, 1, print, "the next")
timer.after(0.002, function() print(sched.cancel(nearest)) end)
sched.run()
--> true
--> the next
