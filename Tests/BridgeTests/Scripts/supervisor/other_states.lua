-- The methods work from other threads, and for the children themselves.
local s = supervisor.spawn {name = "app", children = {{name = "a", kind = "task", start = sleep, args = {1000}}}}
print(thread.spawn(function()
  local first = s:which()[1]
  local added = s:add {name = "b", kind = "task", start = function(n) sleep(n) end, args = {1000}}
  local ok, message = pcall(function() s:add {name = "b", start = print} end)
  local unknown = select(2, pcall(s.stop, s, "c"))
  s:restart("b")
  local stopped = s:stop("a")
  repeat task.yield() until s:status() == "waiting"
  return first.name, first.status, added, stopped, ok, message, unknown, s.name, s:status()
end):join())
--> a	waiting	task: b (cancelled)	true	false	other_states.lua:6: bad argument #1 to 'add' (name 'b' is taken)	bad argument #1 to 'stop' (no child has the name 'c')	app	waiting
for _, c in ipairs(s:which()) do print(c.name, c.restarts) end
--> a	0
--> b	0

-- A child that adds others.
s:add {name = "parent", kind = "thread", restart = "transient", args = {s}, start = function(s)
  for i = 1, 3 do s:add {name = "child " .. i, kind = "thread", restart = "transient", start = function() end} end
end}:join()
print(#s:which()) --> 6

-- A child that stops, or restarts, itself.
local log = {}
s:add {name = "self", kind = "task", start = function()
  log[#log + 1] = "started"
  if #log == 1 then s:restart("self") else s:stop("self") end
  log[#log + 1] = "never"
end}
s:stop("b")
sleep(0.01)
s:join()
print(table.concat(log, " ")) --> started started
for _, c in ipairs(s:which()) do if c.name == "self" then print(c.status, c.restarts) end end --> cancelled	1

-- When its state has ended there is nothing to ask.
local gone = thread.spawn(function() return (supervisor.spawn {name = "gone"}) end)
s = gone:join()
gone = nil
repeat
  sleep(0.001)
  local ok, e = pcall(s.which, s)
until not ok and e.kind == "closed"
print(select(2, pcall(s.which, s)).message) --> the state of supervisor 'gone' has ended

-- It cannot go to another process.
print(pcall(process.spawn, print, s)) --> false	cannot send value: args[1] is a supervisor, which cannot leave its process
--! args: --simulate 1d
