-- With a clock of integers and delays of integers times and delays are integers, as in Python.
local now = 0
local s = sched.new(function() return now end, function(delay)
  print("delay", delay)
  now = now + delay
end)
local e = s:enter(5, 1, function() print("runs at", now) end)
print(e.time, s:queue()[1].time, e) --> 5	5	event: at 5, priority 1
print(s:run(false)) --> 5
s:run()
--> delay	5
--> runs at	5
--> delay	0
print(s:enterabs(7, 1, print).time, s:enterabs(7.0, 1, print).time, s:enter(2.0, 1, print).time) --> 7	7.0	7.0
-- Integers so large that not each is a float become floats, and nothing wraps around.
print(s:enterabs(1 << 53, 1, print).time, s:enterabs((1 << 53) + 2, 1, print).time) --> 9007199254740992	9.007199254741e+15
now = math.maxinteger
print(s:enter(math.maxinteger, 1, print).time) --> 1.844674407371e+19
