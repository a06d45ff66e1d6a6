-- Every state has a scheduler of its own.
local far = sched.enter(3600, 1, print, "never")
print(thread.spawn(function()
  local before = sched.empty()
  sched.enter(0, 1, print, "in the thread")
  sched.run()
  return before, sched.empty()
end):join())
--> in the thread
--> true	true
print(#sched.queue(), sched.cancel(far)) --> 1	true
-- Without run: on the thread's event loop, after its function has returned.
thread.spawn(function() sched.enter(0.005, 1, print, "on the thread's loop") end)
--> on the thread's loop
