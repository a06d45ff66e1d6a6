-- join raises an error object that tells what the task raised; all joiners get it, and wait never raises.
local failing = task.spawn({name = "dum"}, function() error("boom") end)
local others = {}
for i = 1, 3 do
  others[i] = task.spawn(function() return select(2, pcall(failing.join, failing)).message end)
end
local ok, e = pcall(failing.join, failing)
print(ok, type(e), e.kind, e.origin) --> false	table	error	dum
print(e.message) --> join_raises.lua:2: boom
print(e.value) --> nil
print(e.traceback:find("join_raises.lua:2:", 1, true) ~= nil) --> true
print(e.traceback:find("spawned at join_raises.lua:2", 1, true) ~= nil) --> true
print(tostring(e):find("boom", 1, true) ~= nil, tostring(e):find(e.traceback, 1, true) ~= nil) --> true	true
for i = 1, 3 do print(others[i]:join()) end
--> join_raises.lua:2: boom
--> join_raises.lua:2: boom
--> join_raises.lua:2: boom
print(failing:wait(), failing:status()) --> failed	failed
print(select(2, pcall(failing.join, failing)).message) --> join_raises.lua:2: boom

-- What is no string comes as it is, too.
local raised = task.spawn(function() error({code = 7}) end)
ok, e = pcall(raised.join, raised)
print(ok, e.kind, e.value.code) --> false	error	7
raised = task.spawn(function() error(nil) end)
ok, e = pcall(raised.join, raised)
print(ok, e.kind, e.value) --> false	error	nil
raised = task.spawn(function() error(setmetatable({}, {__tostring = function() error("worse") end})) end)
ok, e = pcall(raised.join, raised)
print(ok, e.kind, type(e.message)) --> false	error	string
