-- A thread that recurses for ever, or whose result cannot be sent, fails with a clear error of reasonable length.
local go = channel.new()
local function failure(fn)
  local h = thread.spawn({name = "bad"}, function(f) go:recv() return f() end, fn)
  task.spawn(function() go:send(true) end)
  local ok, e = pcall(h.join, h)
  assert(not ok and h:status() == "failed")
  return e
end
local function forever() return 1 + forever() end
local e = failure(forever)
print(e.kind, e.message:match("stack overflow")) --> error	stack overflow
print(#tostring(e) < 100000) --> true

e = failure(function() return coroutine.create(print) end)
print(e.message:match("cannot send value"), e.message:match("is a coroutine")) --> cannot send value	is a coroutine
e = failure(function() return {list = {1, io.stdout}} end)
print(e.message:match("cannot send value")) --> cannot send value
e = failure(function() local missing; missing.field = 1 end)
print(e.message) --> bad_endings.lua:19: attempt to index a nil value (local 'missing')
e = failure(function() error(setmetatable({}, {__tostring = function() error("worse") end})) end)
print(e.kind, type(tostring(e))) --> error	string
e = failure(function() error(coroutine.create(print)) end)
print(e.kind, type(e.message)) --> error	string
