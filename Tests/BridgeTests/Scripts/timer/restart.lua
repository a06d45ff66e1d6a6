-- restart sets the timer off anew, with its own delay or another one.
local b = timer.after(0.03, print, "b")
local a = timer.after(0.01, print, "a")
a:restart(0.06)
print(a:active(), a.count) --> true	0
b:join() --> b
print(a.count) --> 0
a:join() --> a
print(a.count, a:active()) --> 1	false

-- Without a delay: the whole delay again, from now.
local first = timer.after(0.04, print, "restarted")
timer.after(0.05, print, "not restarted")
timer.after(0.02, function() first:restart() end)
first:join()
--> not restarted
--> restarted

-- Again and again: a watchdog that is fed does not bark.
local dog = timer.after(0.08, print, "bark")
local last = timer.every({times = 4}, 0.03, function() dog:restart() end)
last:join()
print(dog.count, dog:cancel()) --> 0	true
timer.after(3600, print, "at", "once"):restart(0)
task.yield() --> at	once
