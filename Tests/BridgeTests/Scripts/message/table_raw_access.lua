-- Tables are read and built raw: no metamethod runs on the way, and what they hide travels too.
local ran = 0
local function forbidden() ran = ran + 1 error("a metamethod ran") end
local meta = {
  __index = function(_, key) return "from __index " .. tostring(key) end,
  __newindex = forbidden,
  __pairs = forbidden,
  __len = forbidden,
  __metatable = "locked",
}
local t = setmetatable({ 1, 2, nil, 4, x = "raw" }, meta)

local function check(u)
  return rawget(u, 1), rawget(u, 4), rawget(u, "x"), rawget(u, "y"), u.y, getmetatable(u)
end
print(thread.spawn(check, t):join()) --> 1	4	raw	nil	from __index y	locked

local ch = channel.new()
ch:send(t)
print(check(ch:recv())) --> 1	4	raw	nil	from __index y	locked
print(check(thread.spawn(function(u) return u end, t):join())) --> 1	4	raw	nil	from __index y	locked
print(ran) --> 0

-- An inherited field is not copied into the object.
local base = { inherited = 1 }
local derived = setmetatable({ own = 2 }, { __index = base })
print(thread.spawn(function(d) return d.inherited, rawget(d, "inherited"), d.own end, derived):join()) --> 1	nil	2

-- Protected in the target as in the source.
print(thread.spawn(function(u) return pcall(setmetatable, u, {}) end, t):join()) --> false	cannot change a protected metatable
