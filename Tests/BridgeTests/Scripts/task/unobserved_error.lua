-- An error that nobody waits for is printed when it happens, the program goes on, and in the end it exits with status 1.
--! status 1
--! stderr: dum
--! stderr: unobserved_error.lua:8: boom
--! stderr: stack traceback:
--! stderr: unobserved_error.lua:8: in
--! stderr: spawned at unobserved_error.lua:9
local function work() error("boom") end
task.spawn({name = "dum"}, work)
task.yield()
print("main goes on") --> main goes on
timer.after(0.001, function() print("and so does the rest") end)
--> and so does the rest
