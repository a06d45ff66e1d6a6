-- Handles of work cross the border by reference, in both directions.
local t = task.spawn({name = "ours"}, function() return task.inbox:recv(), "task result" end)
local p = process.spawn(function(t)
  local before = t:status()
  t:send("from the child")
  local results = {t:join()}
  return before, t:status(), t.kind, t.name, results[1], results[2], t, process.current()
end, t)
local r = {p:join()}
print(table.unpack(r, 1, 6)) --> waiting	done	task	ours	from the child	task result
print(r[7] == t, r[8] == p) --> true	true

-- A child's own work, used here: waited for, cancelled, sent to, selected.
p = process.spawn(function()
  local a = thread.spawn({name = "a"}, function() return thread.inbox:recv() end)
  local b = task.spawn({name = "b"}, function() sleep(100) end)
  local c = task.spawn({name = "c"}, function() sleep(0.01) error("boom", 0) end)
  c:wait()
  process.inbox:send("ready")
  return a, b, c, process.current()
end)
local a, b, c, me = p:join()
print(a.kind, a.name, tostring(a), me == p) --> thread	a	thread: a (running)	true
a:send("hello")
print(a:join()) --> hello
print(a:join(), a:status()) --> hello	done
print(b:wait(0.001)) --> nil	timeout
print(b:status()) --> waiting
b:cancel("enough")
print(channel.select({b})) --> 1	cancelled
local ok, e = pcall(c.join, c)
print(ok, e.kind, e.message, e.origin, c:status()) --> false	error	boom	c	failed

-- Work of a process that has gone.
local lost
p = process.spawn(function()
  local t = task.spawn({name = "lost"}, function() sleep(100) end)
  sleep(0)
  return t
end)
lost = p:join()
print(lost:status()) --> waiting
p:kill("KILL")
ok, e = pcall(lost.join, lost)
print(ok, e.kind, e.message, lost:status()) --> false	exit	the process that it ran in has ended	failed

-- From child to child: relayed by the parent.
local first = process.spawn({name = "first"}, function() return process.inbox:recv() end)
local second = process.spawn({name = "second"}, function(other)
  other:send("relayed")
  return other:join(), other.name, other:wait()
end, first)
print(second:join()) --> relayed	first	done
print(first:join()) --> relayed
