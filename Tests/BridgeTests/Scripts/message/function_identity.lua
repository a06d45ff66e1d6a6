-- One function that is sent twice in a message is one function there, and its state comes back with it.
local function f() return "f" end
print(thread.spawn(function(a, b, t) return a == b, a == t.f, a == t[1] end, f, f, { f, f = f }):join()) --> true	true	true

local keyed = thread.spawn(function(t, g) return t[g] end, { [f] = "found" }, f):join()
print(keyed) --> found

local n = 0
local function count() n = n + 1 return n end
local back = thread.spawn(function(c) c() c() return c end, count):join()
print(back(), count(), back(), count()) --> 3	1	4	2

-- Closures of one prototype are different functions with values of their own.
local adders = {}
for i = 1, 5 do adders[i] = function(x) return x + i end end
print(thread.spawn(function(list)
  local out = {}
  for i, add in ipairs(list) do out[i] = add(100) end
  return table.unpack(out)
end, adders):join()) --> 101	102	103	104	105

-- Varargs, nested functions and many returns.
local function nested(...)
  local args = table.pack(...)
  return function() return function() return table.unpack(args, 1, args.n) end end
end
print(thread.spawn(function(g, ...) return g(...)()() end, nested, 1, nil, 3):join()) --> 1	nil	3
print(thread.spawn(nested, "a", nil, "c"):join()()()) --> a	nil	c
