--! args: --simulate 1d
-- The program goes on while a supervisor has something to run, also from one run of a child to the next.
local runs = 0
supervisor.spawn {children = {{kind = "task", restart = "transient", start = function()
  runs = runs + 1
  print("run", runs)
  if runs == 1 then task.current():cancel() sleep(0) end
  if runs == 2 then error("boom") end
end}}, on_error = function() print("on_error") end}
local h
h = supervisor.spawn {children = {{name = "p", kind = "task", start = function()
  print("permanent")
  if runs == 2 then runs = 3 print("the end") h:cancel() end
  runs = 2
end}}}
print("the main chunk is over")
--> the main chunk is over
--> run	1
--> permanent
--> permanent
--> the end

-- One that was detached, or is a daemon, does not: its children are daemons.
supervisor.spawn {daemon = true, children = {{kind = "thread", start = sleep, args = {1000}}, {kind = "task", start = sleep, args = {1000}}}}
local s = supervisor.spawn {children = {{kind = "thread", start = sleep, args = {1000}}, {kind = "process", start = sleep, args = {1000}}}}
s:detach()
s:add {kind = "thread", start = sleep, args = {1000}}
