-- A state's waits end as soon as the kernel can end them: its thread has no timer slack. Programs do not inherit that.
local path = "/proc/self/timerslack_ns"
if not arg[1] then -- again, from a shell with the usual slack: who has started this may have none
  local again = 'echo 50000 >' .. path .. ' && exec "$0" slack.lua again'
  io.write(process.run({stderr = "inherit"}, "sh", "-c", again, arg[-1]).stdout)
  return
end

local function own() return io.open(path):read("n") end
print(own(), process.spawn(own):join(), process.spawn(own):join()) --> 1	1	1

local usual = "50000\n"
print(process.run("cat", path).stdout == usual) --> true
print(thread.spawn(function() return process.run("cat", path).stdout end):join() == usual) --> true
print(io.popen("cat " .. path):read("a") == usual) --> true
print(thread.spawn(function() return io.popen("cat " .. path):read("a") end):join() == usual) --> true
print(os.execute("test $(cat " .. path .. ") = " .. usual)) --> true	exit	0
print(own()) --> 1
