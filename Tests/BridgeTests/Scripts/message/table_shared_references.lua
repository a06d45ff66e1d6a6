-- References that are shared inside one message stay shared.
local function check(t)
  return t.a == t.b, t.a == t.list[1], t.list[1] == t.list[3], t.a == t.list[2], #t.list
end

local shared_part = { x = 1 }
local t = { a = shared_part, b = shared_part, list = { shared_part, { x = 1 }, shared_part } }
print(thread.spawn(check, t):join()) --> true	true	true	false	3

local ch = channel.new()
ch:send(t)
print(check(ch:recv())) --> true	true	true	false	3

-- The arguments of one spawn are one message, and so are the results.
print(thread.spawn(function(x, y, z) return x == y, x == z.x end, t, t, { x = t }):join()) --> true	true
local p, q, r = thread.spawn(function()
  local made = {}
  return made, made, { made }
end):join()
print(p == q, p == r[1]) --> true	true

-- What one holder of the shared part changes, the other sees.
print(thread.spawn(function(u)
  u.a.x = 2
  return u.b.x, u.list[3].x, u.list[2].x
end, t):join()) --> 2	2	1
print(t.a.x) --> 1
