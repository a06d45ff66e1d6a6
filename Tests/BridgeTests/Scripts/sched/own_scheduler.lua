--! args: --simulate 1d
-- sched.new makes schedulers of their own, by default with timer.now and sleep; they share no events.
local a, b = sched.new(), sched.new()
a:enter(0.01, 1, print, "a second")
a:enter(0.005, 1, print, "a first")
local e = b:enter(3600, 1, print, "never")
print(#a:queue(), #b:queue(), sched.empty()) --> 2	1	true
print(a:cancel(e), #b:queue()) --> false	1
a:run()
--> a first
--> a second
print(a:empty(), b:empty()) --> true	false
local left = b:run(false)
print(left > 3590 and left <= 3600) --> true
-- Events that nobody runs do not keep the program from ending.

-- Other tasks go on while it waits in run.
local c = sched.new()
c:enter(0.01, 1, print, "c runs")
task.spawn(function() print("a task meanwhile") end)
c:run()
--> a task meanwhile
--> c runs

-- Two run side by side in two tasks.
local d = sched.new()
c:enter(0.005, 1, print, "c")
d:enter(0.015, 1, print, "d")
local one, two = task.spawn(function() c:run() end), task.spawn(function() d:run() end)
one:join() two:join()
--> c
--> d
