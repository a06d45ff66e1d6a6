-- The script's own globals that a sent function names are copied along, with those that these name.
limit = 10
settings = { colour = "red", nested = { deep = true } }
function leaf(x) return x < limit and x or limit end
function helper(x) return leaf(x) * factor() end
function factor() return settings.nested.deep and 2 or 1 end
kit = { twice = function(x) return base * x * 2 end }
base = 3

print(thread.spawn(function(x) return helper(x), settings.colour end, 50):join()) --> 20	red
print(thread.spawn(helper, 4):join()) --> 8
print(thread.spawn(function() return kit.twice(5) end):join()) --> 30

-- A global that only a nested function names, and one that only an argument names.
print(thread.spawn(function() return (function() return (function() return limit end)() end)() end):join()) --> 10
print(thread.spawn(function(f) return f(7) end, leaf):join()) --> 7
print(thread.spawn(function(t) return t.f() end, { f = function() return settings.colour end }):join()) --> red

-- A recursive global function, and two that call each other.
function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(thread.spawn(fact, 10):join(), thread.spawn(even, 11):join()) --> 3628800	false

-- In a channel message too; a global that does not exist is nil there as here.
local ch = channel.new()
local h = thread.spawn(function(jobs)
  for job in jobs do return job(6) end
end, ch)
ch:send(function(x) return helper(x), no_such_global end)
print(h:join()) --> 12	nil

-- A global that is false is not one that does not exist.
off = false
print(thread.spawn(function() return off end):join()) --> false
