--! args: --simulate 1d
-- With immediate the first tick is due at once: at the next switch, not inside the call of every.
local calls = 0
local t = timer.every({immediate = true}, 3600, function() calls = calls + 1 end)
print(calls, t.count) --> 0	0
task.yield()
print(calls, t.count, t:active()) --> 1	1	true
print(t:cancel()) --> true
task.yield()
print(calls) --> 1

-- Without it the first tick is a whole interval away.
local patient = timer.every(3600, print, "never")
task.yield()
sleep(0.001)
print(patient.count, patient:cancel()) --> 0	true

local three = timer.every({immediate = true, times = 3}, 0.3, function() calls = calls + 1 end)
three:join()
print(calls, three.count) --> 4	3
