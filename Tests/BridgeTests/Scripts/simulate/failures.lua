--! args: --simulate 1d
--! status 1
--! stderr: thread 'a': failures.lua:8: lost
--! stderr: process 'b': failures.lua:9: lost
-- Failures that nobody asks for are reported, and the program goes on.
local h = thread.spawn(function() error("seen", 0) end)
print(select(2, pcall(h.join, h)).message) --> seen
thread.spawn({name = "a"}, function() error("lost") end)
process.spawn({name = "b"}, function() sleep(10) error("lost") end)
sleep(20)
local h = process.spawn(function() process.run("kill", "-9", tostring(process.pid())) sleep(1) end)
local ok, e = pcall(h.join, h)
print(e.kind, timer.now()) --> exit	20.0

h = process.spawn(function() sleep(5) end)
timer.after(2, h.kill, h)
print(h:wait(), timer.now()) --> failed	22.0
