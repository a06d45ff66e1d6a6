-- A Lua child in a sandbox has everything of the API that needs nothing of the outside.
--! needs landlock
package.path = "../lib/?.lua;" .. package.path
local jobs, answers = channel.new(), channel.new()
local function work(jobs, answers)
  for job in function() return jobs:recv() end do answers:send(job * 2) end
  return "done", process.pid()
end
-- The first child of a program is started in another way than those that follow.
for i = 1, 4 do
  local jobs, answers = channel.new(), channel.new()
  local p = process.spawn({sandbox = true, name = "child " .. i}, work, jobs, answers)
  jobs:send(i)
  print(answers:recv()) --> 2
  --> 4
  --> 6
  --> 8
  jobs:close()
  local what, pid = p:join()
  assert(what == "done" and pid == p.pid and p:exitcode() == 0)
end

local p = process.spawn({sandbox = true, name = "dum"}, function() error("boom") end)
local ok, e = pcall(p.join, p)
print(e.kind, e.origin, e.message) --> error	dum	child.lua:23: boom

local p = process.spawn({sandbox = true}, function() while true do end end)
p:cancel("enough")
print(p:wait()) --> cancelled
local p = process.spawn({sandbox = true}, function() sleep(1000) end)
print(p:kill("KILL"), p:wait(), p:exitcode()) --> true	failed	-9

print(process.spawn({sandbox = true, stdout = "pipe"}, function() print("said") end).stdout:read()) --> said
print(process.spawn({sandbox = true}, function()
  return task.spawn(function() task.yield() return thread.spawn(function() return timer.now() > 0 end):join() end):join()
end):join()) --> true

-- Modules of the system are among the libraries; threads are within the same walls.
print(process.spawn({sandbox = true}, function() return require("lfs").attributes("/etc/passwd", "size") > 0 end):join()) --> true
print(process.spawn({sandbox = true}, function()
  return (thread.spawn(function() return select(2, io.open("/etc/passwd")) end):join())
end):join()) --> /etc/passwd: Permission denied
print(process.spawn({sandbox = true}, function() return (pcall(require, "sandboxes")) end):join()) --> false

-- A refused action is an error that scripts handle.
print(process.spawn({sandbox = true}, function() return io.open("/tmp/x", "w") end):join()) --> nil	/tmp/x: Permission denied	13
print(process.spawn({sandbox = true}, function() return process.run("cat", "/etc/passwd") end):join())
--> nil	cat: Permission denied	13
print(process.spawn({sandbox = true}, function() return os.remove("/tmp") end):join()) --> nil	/tmp: Permission denied	13
print(process.spawn({sandbox = true}, function() return (pcall(io.popen, "id")) and os.execute() end):join()) --> false

-- Its environment is empty but for these; a session and a group of its own.
print(process.spawn({sandbox = true}, function() return os.getenv("HOME"), os.getenv("PATH") ~= nil end):join()) --> nil	true
print(process.spawn({sandbox = {env = {DUM = "tis"}}}, function() return os.getenv("DUM"), os.getenv("PATH") end):join()) --> tis	nil
print(process.spawn({sandbox = true, env = {TZ = false, DUM = "tis"}}, function()
  return os.getenv("DUM"), os.getenv("TZ"), os.getenv("PATH") ~= nil
end):join()) --> tis	nil	true
local p = process.spawn({sandbox = true}, function() return process.inbox:recv() end)
local function stat(pid) return io.open("/proc/" .. pid .. "/stat"):read("a"):match("%) %S %d+ (%d+) (%d+)") end
while select(2, stat(p.pid)) ~= tostring(p.pid) do sleep(0.001) end
print(stat(p.pid) == tostring(p.pid)) --> true
p:send("end")
print(p:join()) --> end
local p <close> = process.popen({sandbox = true}, "cat")
print(select(2, stat(p.pid)) == tostring(p.pid)) --> true
p:kill()
--! needs speed
