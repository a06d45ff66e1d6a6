-- With a clock of its own a scheduler is deterministic and asks for exactly the delays that Python's sched asks for.
local now = 0
local s = sched.new(function() return now end, function(delay)
  print(("delay %g"):format(delay))
  now = now + delay
end)
local function event(name) print(("%s at %g"):format(name, now)) end
s:enter(5, 1, event, "b")
s:enter(5, 0, event, "a")
s:enter(2, 9, event, "first")
s:enter(-3, 1, event, "past")
s:enterabs(5, 1, event, "c")
print(s:empty(), #s:queue()) --> false	5
s:run()
--> past at 0
--> delay 0
--> delay 2
--> first at 2
--> delay 0
--> delay 3
--> a at 5
--> delay 0
--> b at 5
--> delay 0
--> c at 5
--> delay 0
print(s:empty(), #s:queue(), now == 5) --> true	0	true
s:run()
print((s:run(false))) --> nil
