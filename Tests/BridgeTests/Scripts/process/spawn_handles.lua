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
  local c = task.spawn({name = "c"}, function() sleep(0) error("boom", 0) end)
  c:wait()
  process.inbox:send("ready")
  return a, b, c, process.current()
end)
local a, b, c, me = p:join()
repeat until a:status() == "waiting"
print(a.kind, a.name, tostring(a), me == p) --> thread	a	thread: a (waiting)	true
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

-- In a child the process of another child can be asked for, sent signals, and told how it ended.
local function look(p)
  local pid, before, sent = p.pid, p:exitcode(), p:kill("TERM")
  local status = p:wait()
  return pid, before, sent, status, p:exitcode(), p:kill("KILL")
end
local target = process.spawn(function() sleep(1000) end)
r = {process.spawn(look, target):join()}
print(r[1] == target.pid, table.unpack(r, 2)) --> true	nil	true	failed	-15	false
target = process.spawn({name = "target"}, function() process.inbox:recv() end)
r = {process.spawn(function(p)
  repeat local status = p:status() until status == "waiting"
  local shown = tostring(p)
  p:send("end")
  repeat until p:status() == "done"
  return shown, tostring(p), p:exitcode()
end, target):join()}
print(table.unpack(r)) --> process: target (waiting)	process: target (done)	0
-- Without a wait before it; after a good end; and of a grandchild.
target = process.spawn(function() os.exit(7) end)
target:wait()
print(process.spawn(function(p) return p:exitcode() end, target):join()) --> 7
target = process.spawn(function() return "result" end)
print(process.spawn(function(p) return p:join(), p:exitcode() end, target):join()) --> result	0
p = process.spawn(function()
  process.inbox:send(process.spawn(function() process.inbox:recv() sleep(1000) end))
  sleep(1000)
end)
local grandchild = p.inbox:recv()
r = {process.spawn(function(p)
  p:send("from afar")
  repeat local status = p:status() until status == "waiting"
  return p.pid, p:exitcode(), p:kill("KILL"), p:wait(), p:exitcode()
end, grandchild):join()}
print(r[1] == grandchild.pid, table.unpack(r, 2)) --> true	nil	true	failed	-9
print(grandchild:wait(), grandchild:exitcode()) --> failed	-9
-- What is known stays known when the process has gone in which it was at home.
p:kill("KILL")
p:wait()
print(grandchild:exitcode(), grandchild:kill()) --> -9	false
