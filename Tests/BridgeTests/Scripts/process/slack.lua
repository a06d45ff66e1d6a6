-- A state's waits end as soon as the kernel can end them: its thread has no timer slack. Programs do not inherit that.
local path = "/proc/self/timerslack_ns"
local function own() return io.open(path):read("n") end
print(own(), process.spawn(own):join(), process.spawn(own):join()) --> 1	1	1

local usual = process.run("cat", path).stdout
print(tonumber(usual) > 1) --> true
print(thread.spawn(function() return process.run("cat", path).stdout end):join() == usual) --> true
print(io.popen("cat " .. path):read("a") == usual) --> true
print(thread.spawn(function() return io.popen("cat " .. path):read("a") end):join() == usual) --> true
print(os.execute("test $(cat " .. path .. ") = " .. usual)) --> true	exit	0
print(own()) --> 1
