-- An object that comes back has the metatable that it left with: it is still an instance of its class.
local Point = {}
Point.__index = Point
Point.__eq = function(a, b) return a.x == b.x end
function Point.new(x) return setmetatable({ x = x }, Point) end

local p = Point.new(1)
local q, r = thread.spawn(function(a) return a, setmetatable({ x = 2 }, getmetatable(a)) end, p):join()
print(getmetatable(q) == getmetatable(r)) --> true
print(getmetatable(q) == Point, rawequal(p, q), p == q) --> true	false	true

-- Through a channel to a thread and back, and within one state.
local there, back = channel.new(), channel.new()
thread.spawn(function(from, to)
  for a in from do to:send(a) end
  to:close()
end, there, back)
for i = 1, 20 do there:send(Point.new(i)) end
there:close()
local same = 0
for a in back do
  if getmetatable(a) == Point then same = same + 1 end
end
print(same) --> 20

local ch = channel.new()
ch:send(p)
print(getmetatable(ch:recv()) == Point) --> true
