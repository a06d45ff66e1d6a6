-- What join raises for a string error: a table with the kind, the message, where it began, and no value.
local function work()
  thread.inbox:recv()
  error("boom")
end
local h = thread.spawn({ name = "dum" }, work)
task.spawn(function() h:send("go") end) -- runs when the join below waits
local ok, e = pcall(h.join, h)
print(ok, type(e), type(getmetatable(e)) ~= "nil") --> false	table	true
print(e.kind, e.origin, e.message, e.value) --> error	dum	error_string.lua:4: boom	nil
print(h:status(), h:wait()) --> failed	failed

-- A task's error looks the same.
local t = task.spawn({ name = "tis" }, function() error("task boom") end)
ok, e = pcall(t.join, t)
print(ok, e.kind, e.origin, e.message, e.value) --> false	error	tis	error_string.lua:14: task boom	nil

-- Levels, runtime errors and strings with zeros are as the work's own pcall would have given them.
local function message_of(fn)
  local _, err = pcall(function() task.spawn(fn):join() end)
  return err.message
end
print(message_of(function() error("bare", 0) end)) --> bare
print(message_of(function() local x = nil; return x.field end)) --> error_string.lua:24: attempt to index a nil value (local 'x')
print(message_of(function() return #5 end)) --> error_string.lua:25: attempt to get length of a number value
print(message_of(function() string.rep() end)) --> error_string.lua:26: bad argument #1 to 'rep' (string expected, got no value)
print(message_of(function() error("a\0b", 0) end) == "a\0b", message_of(function() error("", 0) end) == "") --> true	true
