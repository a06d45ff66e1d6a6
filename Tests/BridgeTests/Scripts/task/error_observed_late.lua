-- An error that is observed after it happened has been printed, but does not spoil the exit status.
--! stderr: error_observed_late.lua:4: first
--! stderr: error_observed_late.lua:5: second
local first = task.spawn(function() error("first") end)
local second = task.spawn(function() error("second") end)
task.yield()
sleep(0.1)
print((pcall(first.join, first))) --> false
print(second:wait()) --> failed
--! args: --simulate 1d
