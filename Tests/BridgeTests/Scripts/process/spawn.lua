-- A function runs in a child process as in a thread: same arguments, results, errors, handles.
local factor = 10
local function times(x) return x * factor end
local p = process.spawn({name = "dum"}, function(a, ...)
  assert(process.pid() ~= a.pid)
  return times(a.x), select("#", ...), ...
end, {x = 4, pid = process.pid()}, nil, "text", nil)
print(p.kind, p.name, math.type(p.id), math.type(p.pid)) --> process	dum	integer	integer
print(p:join()) --> 40	3	nil	text	nil
print(p:join()) --> 40	3	nil	text	nil
print(p:status(), p:wait(), p:exitcode(), tostring(p)) --> done	done	0	process: dum (done)
print(p:kill(), p:cancel()) --> false

-- Its variables are its own.
counter = 1
process.spawn(function() counter = counter + 1 end):join()
print(counter) --> 1

-- Errors come with their story, through all generations.
p = process.spawn({name = "outer"}, function()
  local inner = process.spawn({name = "inner"}, function() error({code = 7}) end)
  inner:join()
end)
local ok, e = pcall(p.join, p)
print(ok, e.kind, e.origin, e.value.code) --> false	error	inner	7
print(tostring(e):find("passed on by process 'outer'", 1, true) ~= nil) --> true
for line in tostring(e):gmatch("[^\n]*spawned at[^\n]*") do print(line) end
--> spawned at spawn.lua:21
--> spawned at spawn.lua:20
--> spawned at spawn.lua:20
print(p:status(), p:exitcode()) --> failed	1

-- In the child.
print(process.current()) --> nil
p = process.spawn({name = "self"}, function()
  local me = process.current()
  return me.name, me.kind, me.pid == process.pid(), me:status(), #process.list(), tostring(thread.current())
end)
print(p:join()) --> self	process	true	running	0	process: self (running)

-- A file.
p = process.spawn("child_file.lua", 1, 2)
print(p:join()) --> 3	child_file.lua:2
print(select(2, pcall(process.spawn, "nowhere.lua"))) --> cannot open nowhere.lua: No such file or directory

-- thread.exit ends it with results; its threads are the program's.
print(process.spawn(function() pcall(thread.exit, "early", 1) return "never" end):join()) --> early	1
print(process.spawn(function() return thread.spawn(function() return "from a thread" end):join() end):join())
--> from a thread

-- What is left when the function has returned goes on, as in a thread; the program waits for it.
p = process.spawn(function()
  timer.after(0.05, print, "later")
  return "now"
end)
print(p:join()) --> now
--> later
