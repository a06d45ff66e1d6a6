-- A clock that gives no time is an error at the line that needed it, as is a method of something that is no scheduler.
local value
local s = sched.new(function() return value end)
local function complain(call) print(select(2, pcall(call))) end
complain(function() local e = s:enter(1, 1, print) end) --> clock_errors.lua:5: timefunc returned nil, a finite number expected
value = 1
s:enter(1, 1, print)
for _, bad in ipairs {"5", 0 / 0, math.huge, channel.new()} do
  value = bad
  complain(function() local e = s:enter(1, 1, print) end)
  complain(function() s:run() end)
end
--> clock_errors.lua:10: timefunc returned string, a finite number expected
--> clock_errors.lua:11: timefunc returned string, a finite number expected
--> clock_errors.lua:10: timefunc returned NaN, a finite number expected
--> clock_errors.lua:11: timefunc returned NaN, a finite number expected
--> clock_errors.lua:10: timefunc returned inf, a finite number expected
--> clock_errors.lua:11: timefunc returned inf, a finite number expected
--> clock_errors.lua:10: timefunc returned channel, a finite number expected
--> clock_errors.lua:11: timefunc returned channel, a finite number expected
value = nil
complain(function() s:enter("soon", 1, print) local x end) --> clock_errors.lua:22: bad argument #1 to 'enter' (number expected, got string)
print(#s:queue()) --> 1

complain(function() s.enter(1, 1, print) local x end) --> clock_errors.lua:25: bad argument #1 to 'enter' (scheduler expected, got number)
for _, name in ipairs {"enter", "enterabs", "cancel", "empty", "queue", "run"} do
  complain(function() s[name]({}, 1, print) local x end)
end
--> clock_errors.lua:27: bad argument #1 to 'enter' (scheduler expected, got table)
--> clock_errors.lua:27: bad argument #1 to 'enterabs' (scheduler expected, got table)
--> clock_errors.lua:27: bad argument #1 to 'cancel' (scheduler expected, got table)
--> clock_errors.lua:27: bad argument #1 to 'empty' (scheduler expected, got table)
--> clock_errors.lua:27: bad argument #1 to 'queue' (scheduler expected, got table)
--> clock_errors.lua:27: bad argument #1 to 'run' (scheduler expected, got table)
