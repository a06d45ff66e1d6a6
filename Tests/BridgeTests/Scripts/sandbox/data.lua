-- What comes out of a sandbox is data: no code of the child's gets into the parent, where it would run without walls.
--! needs landlock
ran = {}
local function joined(fn, ...)
  local p = process.spawn({name = "dum", sandbox = true}, fn, ...)
  local ok, result = pcall(p.join, p)
  collectgarbage()
  return ok, result
end

-- All kinds of data, as from any child.
local ok, list = joined(function(ch, handle)
  local shared, ring = {1, 2, 3}, {}
  ring[1] = ring
  return {nil, true, 2^53 | 0, 1.5, "text", ("x"):rep(100000), shared, shared, ring, {a = {b = {c = "deep"}}}, ch, handle}
end, channel.new(), task.current())
print(ok, list[2], list[3], list[4], list[5], #list[6], list[7] == list[8], list[7][3], list[9][1] == list[9], list[10].a.b.c)
--> true	true	9007199254740992	1.5	text	100000	true	3	true	deep
print(list[12] == task.current(), tostring(list[11]):match("^channel")) --> true	channel

-- Code as a result.
local refused = 0
for _, fn in ipairs{
  function() return function() end end,
  function() return {1, {2, {function() end}}} end,
  function() return setmetatable({}, {__gc = function() ran[1] = true end}) end,
  function() return setmetatable({}, {__index = {}}) end,
  function() return os.exit end,
  function() return string end,
  function() return {[print] = 1} end,
} do
  local ok, e = joined(fn)
  assert(not ok and e.kind == "error" and e.message == "only data leaves a sandbox: no functions, modules or metatables", e)
  refused = refused + 1
end
print(refused) --> 7

-- Code in an error.
local ok, e = joined(function() error({code = 3, why = "broken"}) end)
print(ok, e.value.code, e.value.why) --> false	3	broken
local ok, e = joined(function() error(setmetatable({}, {__tostring = function() ran[2] = true return "ran" end})) end)
print(ok, e.kind, e.value, (tostring(e):match("^process 'dum'"))) --> false	error	nil	process 'dum'
local ok, e = joined(function() local ok, e = pcall(error, "x") error(select(2, pcall(task.timeout, 0.001, sleep, 1000))) end)
print(ok, e.kind) --> false	timeout

-- Code in a message: the child is ended.
local ch = channel.new(10)
local p = process.spawn({name = "tis", sandbox = true}, function(ch)
  ch:send({"data"})
  ch:send({function() ran[3] = true end})
  sleep(1000)
end, ch)
print(ch:recv()[1]) --> data
print(select(2, pcall(p.join, p)).message) --> the link to the process broke: only data leaves a sandbox: no functions, modules or metatables
print(#ch) --> 0

-- Its handles of threads give data as well.
local ok, e = pcall(function()
  local inner = channel.new(1)
  local p <close> = process.spawn({sandbox = true}, function(inner)
    inner:send(thread.spawn(function() return function() end end))
    process.inbox:recv()
  end, inner)
  local handle = inner:recv()
  local ok, e = pcall(handle.join, handle)
  p:send(true)
  print(ok, e.message)
end)
--> false	only data leaves a sandbox: no functions, modules or metatables

-- Into a sandbox everything goes.
print(joined(function(fn, class) return fn() + class.n + #class end, function() return 1 end,
  setmetatable({n = 2}, {__len = function() return 3 end}))) --> true	6
print(next(ran)) --> nil
