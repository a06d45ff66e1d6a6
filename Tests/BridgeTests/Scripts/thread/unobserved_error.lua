-- A thread's error that nobody waits for is printed when it happens; the program goes on and exits with status 1.
--! status 1
--! stderr: thread 'dum': unobserved_error.lua:7: boom
--! stderr: stack traceback:
--! stderr: unobserved_error.lua:7: in
--! stderr: spawned at unobserved_error.lua:8
local function work() error("boom") end
thread.spawn({name = "dum"}, work)
print("main ends") --> main ends
timer.after(0.005, function() print("the rest goes on") end)
--> the rest goes on
