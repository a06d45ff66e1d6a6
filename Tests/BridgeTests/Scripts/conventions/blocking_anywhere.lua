--! args: --simulate 1d
-- Blocking calls work under pcall, in metamethods, in iterators and in coroutines that the script made.
local ch = channel.new()
local feeder = task.spawn(function()
  for i = 1, 12 do sleep(0.0002) ch:send(i) end
end)

print(pcall(function() return ch:recv() end)) --> true	1
print(xpcall(ch.recv, debug.traceback, ch)) --> true	2
print(select(2, pcall(pcall, pcall, ch.recv, ch))) --> true	true	3

local object = setmetatable({}, {
  __index = function(_, key) return key .. ch:recv() end,
  __add = function(_, n) return n + ch:recv() end,
  __call = function() return ch:recv() end,
  __lt = function() return ch:recv() == 7 end,
})
print(object.field, object + 100, object(), object < object) --> field4	105	6	true

local function three()
  local n = 0
  return function()
    n = n + 1
    if n <= 3 then return ch:recv() end
  end
end
for v in three() do io.write(v, " ") end
print() --> 8 9 10 

-- A generator may block: its own yields are untouched.
local generator = coroutine.wrap(function(a)
  local v = ch:recv()
  local b = coroutine.yield("first", a, v)
  sleep(0.0002)
  coroutine.yield("second", b, ch:recv())
  return "end"
end)
print(generator("in")) --> first	in	11
print(generator("again")) --> second	again	12
print(generator()) --> end
feeder:join()

-- A coroutine that slept ends like any other.
local co = coroutine.create(function() sleep(0.001) return coroutine.isyieldable(), "slept" end)
print(coroutine.resume(co)) --> true	true	slept
print(coroutine.status(co)) --> dead
