-- An uncaught error in the main chunk ends the program at once, whatever else would still run.
--! status 1
--! stderr: luaconc: main_error_ends_everything.lua:15: the end
task.spawn(function() sleep(3600) print("never") end)
task.spawn(function() while true do task.yield() end end)
thread.spawn({name = "sleeper"}, function() sleep(3600) print("never") end)
local ready = channel.new()
thread.spawn(function() ready:send(true) channel.new():recv() print("never") end)
timer.every(3600, print, "never")
timer.after(3600, print, "never")
sched.enter(3600, 1, print, "never")
ready:recv()
task.yield()
print("main fails") --> main fails
error("the end")
--! args: --simulate 1d
