-- Upvalues that functions of one message share stay shared, and are nobody else's.
local function counter()
  local n = 0
  return { inc = function() n = n + 1 return n end, get = function() return n end }
end

local c = counter()
c.inc()
local function use(k)
  k.inc()
  k.inc()
  return k.get()
end
print(thread.spawn(use, c):join(), c.get()) --> 3	1

-- Across the arguments of one spawn, and in the results.
print(thread.spawn(function(inc, get) inc() return get() end, c.inc, c.get):join(), c.get()) --> 2	1
local inc, get = thread.spawn(function()
  local n = 40
  return function() n = n + 1 end, function() return n end
end):join()
inc()
inc()
print(get()) --> 42

local ch = channel.new()
ch:send(c)
local d = ch:recv()
d.inc()
print(d.get(), c.get()) --> 2	1

-- Two closures with an n of their own do not come to share one.
local e, f = counter(), counter()
print(thread.spawn(function(x, y) x.inc() x.inc() return x.get(), y.get() end, e, f):join()) --> 2	0
