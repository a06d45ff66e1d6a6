-- A metatable travels with its table, and two tables that share one still share one in the target.
local A, B = { __name = "A" }, { __name = "B" }
A.__index, B.__index = A, B
function A:who() return "A" .. self.n end
function B:who() return "B" .. self.n end

local function check(t)
  local ma, mb = getmetatable(t.a1), getmetatable(t.b)
  return ma == getmetatable(t.a2), ma == mb, t.a1:who(), t.a2:who(), t.b:who(), getmetatable(t.plain), t.class == ma
end

local t = { a1 = setmetatable({ n = 1 }, A), a2 = setmetatable({ n = 2 }, A), b = setmetatable({ n = 3 }, B), plain = {}, class = A }
print(check(t)) --> true	false	A1	A2	B3	nil	true
print(thread.spawn(check, t):join()) --> true	false	A1	A2	B3	nil	true
print(check(thread.spawn(function(u) return u end, t):join())) --> true	false	A1	A2	B3	nil	true

-- Across arguments, and with the metatable itself as one of them.
print(thread.spawn(function(x, y, meta) return getmetatable(x) == getmetatable(y), getmetatable(x) == meta end, t.a1, t.a2, A):join())
--> true	true
