-- Tables that share a metatable in the source share one in the target over many messages, collected or not.
local Point, Other = {}, {}
Point.__index = Point
function Point:sum() return self.x + self.y end

local function consume(ch)
  local first, n, same, sum, odd = nil, 0, 0, 0, 0
  for p in ch do
    first = first or getmetatable(p)
    n = n + 1
    if getmetatable(p) == first then
      same, sum = same + 1, sum + p:sum()
    else
      odd = odd + 1
    end
    if n % 50 == 0 then collectgarbage() end
  end
  return n, same, sum, odd
end

local ch = channel.new()
local h = thread.spawn(consume, ch)
for i = 1, 200 do
  ch:send(setmetatable({ x = i, y = 1 }, Point))
  if i % 40 == 0 then
    collectgarbage()
    ch:send(setmetatable({}, Other))
  end
end
ch:close()
print(h:join()) --> 205	200	20300	5

-- Over another channel to the same thread, and through its inbox and its arguments, it is the same one.
local second = channel.new()
local t = thread.spawn(function(a, ch2)
  local b, c = thread.inbox:recv(), ch2:recv()
  return getmetatable(a) == getmetatable(b), getmetatable(b) == getmetatable(c), c:sum()
end, setmetatable({ x = 1, y = 2 }, Point), second)
t:send(setmetatable({ x = 3, y = 4 }, Point))
second:send(setmetatable({ x = 5, y = 6 }, Point))
print(t:join()) --> true	true	11
