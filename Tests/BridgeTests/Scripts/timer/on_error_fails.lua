-- A handler that fails itself is named after what failed first.
--! status 1
--! stderr: on_error of tick 1 of timer 'dum': on_error_fails.lua:6: worse
--! stderr: on_error of task 'dum': on_error_fails.lua:6: worse
--! stderr: on_error of thread 'dum': on_error_fails.lua:6: worse
local options = {name = "dum", on_error = function() error("worse") end}
local function fail() error("bad") end
timer.after(options, 0, fail):join()
sleep(0.02)
print((pcall(function() task.spawn(options, fail):join() end)))
sleep(0.02)
print((pcall(function() thread.spawn(options, fail):join() end)))
--> false
--> false
--! args: --simulate 1d
