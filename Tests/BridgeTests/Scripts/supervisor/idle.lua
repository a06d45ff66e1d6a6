--! args: --simulate 1d
-- A supervisor without anything to run waits for children. It ends when somebody waits for its end.
local s = supervisor.spawn {children = {{kind = "task", restart = "temporary", start = function() end}}}
while #s:which() > 0 do sleep(0.001) end
print(s:status()) --> waiting
print(s:add {name = "late", kind = "task", restart = "transient", start = function() print("late") end}:join()) --> late
--> 
print(s:join()) -->
print(s:status()) --> done
print(pcall(s.add, s, {start = print}) == false) --> true

-- Stopping the last child makes it idle, too.
s = supervisor.spawn {children = {{name = "a", kind = "task", start = sleep, args = {1000}}}}
task.spawn(function() sleep(0.01) s:stop("a") end)
print(channel.select {s}) --> 1	done
print(supervisor.run {}) -->
print(supervisor.run {children = {}}) -->

-- One that is idle does not keep the program alive, nor is it a deadlock.
supervisor.spawn {}
