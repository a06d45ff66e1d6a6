--! args: --simulate 1d
-- Waiting: timeouts, several who wait, select, ended long ago.
local p = process.spawn(function() sleep(0.1) return "result" end)
print(p:wait(0), p:wait(0.001)) --> nil	nil	timeout
local ok, e = pcall(p.join, p, 0.001)
print(ok, e.kind) --> false	timeout
local tasks = {}
for i = 1, 3 do tasks[i] = task.spawn(function() return p:join() end) end
tasks[4] = thread.spawn(function(p) return p:join() end, p)
for i = 1, 4 do assert(tasks[i]:join() == "result") end
print(channel.select({p})) --> 1	done
print(p:join(0)) --> result

-- In a thread, where Lua cannot yield, from a task.
print(thread.spawn(function() return process.spawn(function() return "nested" end):join() end):join()) --> nested
local t = {2, 1}
table.sort(t, function(a, b) return process.spawn(function() return a < b end):join() end)
print(t[1], t[2]) --> 1	2

-- Joining oneself.
p = process.spawn(function() process.current():join() end)
print(select(2, pcall(p.join, p)).kind) --> deadlock
