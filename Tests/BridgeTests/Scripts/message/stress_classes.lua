-- Stress: four threads pass objects, closures and shared tables around; none loses its class, its state or its sharing.
local Counter = {}
Counter.__index = Counter
function Counter:bump() self.n = self.n + 1 self.hook() return self end

local function make()
  local hits = 0
  local part = { "part" }
  return setmetatable({
    n = 0, a = part, b = part,
    hook = function() hits = hits + 1 end,
    hits = function() return hits end,
  }, Counter)
end

local function relay(from, to)
  local class, odd, n = nil, 0, 0
  for object in from do
    class = class or getmetatable(object)
    if getmetatable(object) ~= class or object.a ~= object.b then odd = odd + 1 end
    to:send(object:bump())
    n = n + 1
    if n % 100 == 0 then collectgarbage() end
  end
  to:close()
  return odd
end

local rounds = 1000
local stages, relays = {}, {}
for i = 1, 5 do stages[i] = channel.new(16) end
for i = 1, 4 do relays[i] = thread.spawn(relay, stages[i], stages[i + 1]) end
task.spawn(function()
  for _ = 1, rounds do stages[1]:send(make()) end
  stages[1]:close()
end)

local whole, class = 0, nil
for object in stages[5] do
  class = class or getmetatable(object)
  if object.n == 4 and object.hits() == 4 and object.a == object.b and getmetatable(object) == class then whole = whole + 1 end
end
print(whole) --> 1000
for i = 1, 4 do print(relays[i]:join()) end
--> 0
--> 0
--> 0
--> 0
