-- A task's error that nobody waits for is printed when it happens; the program goes on, and exits with status 1.
--! status 1
--! stderr: task 'tis': unobserved_task.lua:6: boom
--! stderr: spawned at unobserved_task.lua:7

local function work() error("boom") end
task.spawn({ name = "tis" }, work)
task.yield()
print("goes on") --> goes on
task.spawn(function() sleep(0.001) print("and on") end)
--> and on
--! args: --simulate 1d
