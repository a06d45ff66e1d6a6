-- However a child ends: its handle tells, and nobody else is harmed.
local function how(p)
  local ok, e = pcall(p.join, p)
  print(ok, e.kind, e.code, e.signal, e.message, p:exitcode(), p:status())
end
how(process.spawn(function() os.exit(3) end)) --> false	exit	3	nil	exit code 3	3	failed
how(process.spawn(function() os.exit(true, true) end)) --> false	exit	0	nil	exit code 0	0	failed
how(process.spawn(function() thread.spawn(os.exit, 4) sleep(100) end)) --> false	exit	4	nil	exit code 4	4	failed
how(process.spawn(function() process.run("kill", "-USR2", process.pid()) sleep(100) end))
--> false	exit	nil	12	killed by signal 12 (USR2)	-12	failed
local p = process.spawn(function() while true do end end)
print(p:kill("KILL")) --> true
how(p) --> false	exit	nil	9	killed by signal 9 (KILL)	-9	failed
print(p:exitcode(), p:kill("KILL")) --> -9	false
p = process.spawn({cpu = 1}, function() while true do end end)
how(p) --> false	exit	nil	24	killed by signal 24 (XCPU)	-24	failed

-- Results that cannot be sent are a failure of the child.
p = process.spawn(function() return {{print, coroutine.create(print)}} end)
print(select(2, pcall(p.join, p)).message) --> cannot send value: results[1][1][2] is a coroutine

-- Memory: the state's own bound first.
local function fill()
  local t = {}
  for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end
end
p = process.spawn({name = "full", memory = "20M"}, fill)
how(p) --> false	exit	1	nil	exit code 1: not enough memory	1	failed
local _, e = pcall(p.join, p)
print(e.origin, e.traceback:match("spawned at ([^\n]+)")) --> full	spawn_ends.lua:27
-- Also where a task of its does that; what is caught ends nothing.
how(process.spawn({memory = "20M"}, function(fill) task.spawn(fill):join() end, fill))
--> false	exit	1	nil	exit code 1: not enough memory	1	failed
print(process.spawn({memory = "20M"}, function(fill) return pcall(fill) end, fill):join()) --> false	not enough memory
print(process.spawn({memory = "20M"}, function() return #("x"):rep(1 << 20) end):join()) --> 1048576
