-- queue is a new list of the events in the order in which they will run, with time, priority, fn and args.
local now = 100
local s = sched.new(function() return now end, function(d) now = now + d end)
local function work(...) print("work", ...) end
local c = s:enter(3, 1, work, "c")
local a = s:enter(1, 7, work, "a", nil, 3)
local b = s:enterabs(101, 8, work)
local queue = s:queue()
print(#queue, queue[1] == a, queue[2] == b, queue[3] == c) --> 3	true	true	true
for _, event in ipairs(queue) do print(("%g %g"):format(event.time, event.priority), event.fn == work) end
--> 101 7	true
--> 101 8	true
--> 103 1	true
print(queue[1].args[1], queue[1].args[2], queue[1].args[3], queue[2].args[1], queue[3].args[1]) --> a	nil	3	nil	c

-- The list is the caller's own.
queue[1], queue[2], queue[3] = nil, nil, nil
print(#s:queue(), s:queue() ~= s:queue()) --> 3	true
print(s:cancel(s:queue()[3]), #s:queue()) --> true	2

-- An event that runs is not in the queue any more.
s:enter(5, 0, function() print("in the last event", #s:queue(), s:empty()) end)
s:run()
--> work	a	nil	3
--> work
--> in the last event	0	true
print(s:empty(), #s:queue(), sched.empty(), #sched.queue()) --> true	0	true	0
local e = sched.enter(3600, 1, print)
print(sched.empty(), #sched.queue(), sched.queue()[1] == e, sched.cancel(e)) --> false	1	true	true
