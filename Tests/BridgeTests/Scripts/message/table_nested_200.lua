-- Tables nested 200, 1,000 and 10,000 deep are sent whole, and come back.
local function nested(depth)
  local t = { depth = 0 }
  for i = 1, depth do t = { inner = t } end
  return t
end
local function depth(t)
  local n = 0
  while t.inner do t, n = t.inner, n + 1 end
  return n, t.depth
end

local function echo(t) return t end
for _, n in ipairs { 200, 1000, 10000 } do
  print(thread.spawn(depth, nested(n)):join())
  print(depth(thread.spawn(echo, nested(n)):join()))
end
--> 200	0
--> 200	0
--> 1000	0
--> 1000	0
--> 10000	0
--> 10000	0
