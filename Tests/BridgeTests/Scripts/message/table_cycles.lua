-- Cycles stay cycles, through values, keys and metatables, in both directions.
local function check(t)
  return t.self == t, t.child.parent == t, t.list[1] == t.list, t[t] == t, t.child.parent.child == t.child
end

local t = { list = {} }
t.self = t
t.child = { parent = t }
t.list[1] = t.list
t[t] = t
print(check(t)) --> true	true	true	true	true
print(thread.spawn(check, t):join()) --> true	true	true	true	true
print(check(thread.spawn(function(u) return u end, t):join())) --> true	true	true	true	true

local ch = channel.new()
ch:send(t)
print(check(ch:recv())) --> true	true	true	true	true

-- A table that is its own only key, a table whose metatable it is, two that are each other's metatable.
local key = {}
key[key] = true
local meta = {}
setmetatable(meta, meta)
local a, b = {}, {}
setmetatable(a, b)
setmetatable(b, a)
print(thread.spawn(function(k, m, x, y)
  return next(k) == k, getmetatable(m) == m, getmetatable(x) == y, getmetatable(y) == x
end, key, meta, a, b):join()) --> true	true	true	true

-- A ring through a function's upvalue.
local ring = {}
function ring.me() return ring end
print(thread.spawn(function(r) return r.me() == r end, ring):join()) --> true
