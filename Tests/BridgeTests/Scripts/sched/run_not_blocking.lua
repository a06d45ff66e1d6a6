-- run(false) runs what is due and returns the delay until the next event, or nil when there is none.
local function show(delay) print(delay and ("%g"):format(delay)) end
local now = 0
local s = sched.new(function() return now end, function() end)
show(s:run(false)) --> nil
s:enter(0, 1, print, "due")
s:enter(-1, 1, print, "overdue")
s:enter(3, 1, print, "in three")
s:enter(7, 1, print, "in seven")
show(s:run(false))
--> overdue
--> due
--> 3
now = 2
show(s:run(false)) --> 1
now = 3
show(s:run(false))
--> in three
--> 4
now = 100
show(s:run(false))
--> in seven
--> nil

-- The same with the state's own scheduler.
sched.enter(0, 1, print, "due now")
local far = sched.enter(60, 1, print, "never")
local delay = sched.run(false) --> due now
print(delay > 50 and delay <= 60, #sched.queue()) --> true	1
print(sched.cancel(far), (sched.run(false))) --> true	nil
