--! real: a task that never rests runs beside it
-- Blocking calls work in metamethods, and other tasks run meanwhile.
local ticks = 0
local ticker = task.spawn({daemon = true}, function() while true do ticks = ticks + 1 task.yield() end end)
local function pause() task.yield() sleep(0.001) end
local meta = {
  __index = function(_, k) pause() return "index " .. tostring(k) end,
  __newindex = function(t, k, v) pause() rawset(t, k, v) end,
  __call = function(_, ...) pause() return "call", ... end,
  __add = function() pause() return "add" end,
  __unm = function() pause() return "unm" end,
  __idiv = function() pause() return "idiv" end,
  __bxor = function() pause() return "bxor" end,
  __concat = function() pause() return "concat" end,
  __len = function() pause() return 42 end,
  __eq = function() pause() return true end,
  __lt = function() pause() return true end,
  __le = function() pause() return false end,
}
local x, y = setmetatable({}, meta), setmetatable({}, meta)
print(x.name, x[1]) --> index name	index 1
x.stored = "stored"
print(rawget(x, "stored")) --> stored
print(x(1, nil, 3)) --> call	1	nil	3
print(x + 1, -x, x // y, 5 ~ x, x .. "s", #x) --> add	unm	idiv	bxor	concat	42
print(x == y, x ~= y, x < y, x <= y, x > y) --> true	false	true	false	true
print(ticks > 10) --> true

-- tostring is a C function that cannot yield: it blocks the state, but works.
print(tostring(setmetatable({}, {__tostring = function() sleep(0.001) return "after a sleep" end}))) --> after a sleep
