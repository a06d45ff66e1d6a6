-- The error of a thread reaches every joiner as an object with message, origin and traceback.
local go = channel.new()
local function work() go:recv() error("boom") end
local dum = thread.spawn({name = "dum"}, work)
task.spawn(function() go:send(true) end) -- runs once main waits in join
local ok, e = pcall(dum.join, dum)
print(ok, e.kind, e.origin, e.value) --> false	error	dum	nil
print(e.message) --> join_raises.lua:3: boom
print(tostring(e):match("^[^\n]*")) --> thread 'dum': join_raises.lua:3: boom
print(e.traceback:find("join_raises.lua:3:", 1, true) < e.traceback:find("spawned at join_raises.lua:4", 1, true)) --> true
print(tostring(e):find("spawned at join_raises.lua:4", 1, true) ~= nil) --> true
print(select(2, pcall(dum.join, dum)).message, dum:wait()) --> join_raises.lua:3: boom	failed

-- Other error values are copied.
local function raised(value)
  local failing = thread.spawn(function(v) go:recv() error(v) end, value)
  task.spawn(function() go:send(true) end)
  local fine, err = pcall(failing.join, failing)
  assert(not fine and err.kind == "error")
  return err
end
print(raised({code = 7, list = {1, 2}}).value.list[2]) --> 2
print(raised(42).value, raised(nil).value, raised(false).value) --> 42	nil	false
print(raised("a\0b").message:find("a\0b", 1, true) ~= nil) --> true
print(type(raised({}).message), type(tostring(raised({})))) --> string	string
