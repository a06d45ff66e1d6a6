-- cancel returns true if it stops a future run, else false: cancelled twice, run already, running now.
local never = sched.enter(0.001, 1, print, "never")
print(sched.cancel(never), sched.cancel(never)) --> true	false

local ran = sched.enter(0, 1, print, "runs")
sched.run() --> runs
print(sched.cancel(ran)) --> false

local self, other
self = sched.enterabs(0, 1, function() print(sched.cancel(self), sched.cancel(other)) end)
other = sched.enterabs(0, 2, print, "due together, but cancelled")
sched.run() --> false	true
print(sched.empty()) --> true

-- One of several that are the same in all but identity.
local list = {}
for i = 1, 3 do list[i] = sched.enterabs(0, 0, print, "event", i) end
print(sched.cancel(list[2])) --> true
sched.run()
--> event	1
--> event	3

-- The state's event loop forgets a cancelled event, or the program would not end.
print(sched.cancel(sched.enter(3600, 1, print, "never"))) --> true
local s = sched.new()
local e = s:enter(3600, 1, print, "never")
print(s:cancel(e), s:cancel(e), s:empty()) --> true	false	true
s:run()
