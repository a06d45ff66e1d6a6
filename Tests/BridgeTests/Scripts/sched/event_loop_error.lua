-- An error in an event that the event loop runs is reported; the other events run, and the exit status is 1.
--! status 1
--! stderr: event_loop_error.lua:6: boom
--! stderr: stack traceback:
sched.enter(0.01, 1, print, "after it")
sched.enter(0.005, 1, function() error("boom") end)
sched.enter(0, 1, print, "before it")
--> before it
--> after it
--! args: --simulate 1d
