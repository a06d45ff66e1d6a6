-- A thread's error that is observed after it happened has been printed, but does not spoil the exit status.
--! stderr: error_observed_late.lua:3: boom
local failing = thread.spawn(function() error("boom") end)
repeat sleep(0.001) until failing:status() == "failed"
sleep(0.01)
print((pcall(failing.join, failing))) --> false
