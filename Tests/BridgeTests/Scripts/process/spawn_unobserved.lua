-- A failure that nobody waits for is printed when it happens, and the exit status tells.
--! status 1
--! stderr: process 'lost': spawn_unobserved.lua:6: boom
--! stderr: spawned at spawn_unobserved.lua:6
--! stderr: process 'killed': killed by signal 9 (KILL)
process.spawn({name = "lost"}, function() error("boom") end)
sleep(0)
local p = process.spawn({name = "killed"}, function() sleep(100) end)
while process.list()[1].name == "lost" do sleep(0.01) end
p:kill("KILL")
