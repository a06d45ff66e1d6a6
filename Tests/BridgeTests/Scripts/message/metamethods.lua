-- Metamethods work in the target: operators, comparison, call, length, iteration, closing.
local Vec = {}
Vec.__index = Vec
local function vec(x, y) return setmetatable({ x = x, y = y }, Vec) end
Vec.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
Vec.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vec.__lt = function(a, b) return a.x < b.x end
Vec.__len = function(a) return a.x * a.x + a.y * a.y end
Vec.__call = function(a, k) return vec(a.x * k, a.y * k) end
Vec.__concat = function(a, b) return tostring(a) .. "|" .. tostring(b) end
Vec.__tostring = function(a) return "(" .. a.x .. ", " .. a.y .. ")" end
Vec.__pairs = function(a) return function(_, k) if not k then return "x", a.x end end, a, nil end
Vec.__close = function(a) a.log[#a.log + 1] = "closed" end

thread.spawn(function(a, b)
  print(tostring(a + b), a == vec(1, 2), a < b, #b, tostring(b(2)), a .. b)
  for k, v in pairs(a) do print(k, v) end
  local log = {}
  do
    local c <close> = setmetatable({ log = log }, getmetatable(a))
  end
  print(log[1], getmetatable(a + b) == getmetatable(a))
end, vec(1, 2), vec(3, 4)):join()
--> (4, 6)	true	true	25	(6, 8)	(1, 2)|(3, 4)
--> x	1
--> closed	true
