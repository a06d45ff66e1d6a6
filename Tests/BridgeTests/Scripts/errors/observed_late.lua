--! args: --simulate 1d
-- An error that is observed after it was printed, by join or by wait, does not make the program fail.
--! stderr: late join
--! stderr: late wait

local a = task.spawn(function() error("late join") end)
repeat task.yield() until a:status() == "failed"
sleep(0.1)
print((pcall(a.join, a))) --> false

local b = task.spawn(function() error("late wait") end)
repeat task.yield() until b:status() == "failed"
sleep(0.1)
print(b:wait(0)) --> failed
