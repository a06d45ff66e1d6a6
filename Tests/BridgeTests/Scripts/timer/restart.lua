--! args: --simulate 1d
-- restart sets the timer off anew, with its own delay or another one.
local b = timer.after(0.2, print, "b")
local a = timer.after(0.1, print, "a")
a:restart(0.4)
print(a:active(), a.count) --> true	0
b:join() --> b
print(a.count) --> 0
a:join() --> a
print(a.count, a:active()) --> 1	false

-- Without a delay: the whole delay again, from now.
local first = timer.after(0.4, print, "restarted")
timer.after(0.5, print, "not restarted")
timer.after(0.2, function() first:restart() end)
first:join()
--> not restarted
--> restarted

-- Again and again: a watchdog that is fed does not bark.
local dog = timer.after(0.8, print, "bark")
local last = timer.every({times = 4}, 0.3, function() dog:restart() end)
last:join()
print(dog.count, dog:cancel()) --> 0	true
timer.after(3600, print, "at", "once"):restart(0)
task.yield() --> at	once
