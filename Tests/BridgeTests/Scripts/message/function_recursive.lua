-- A self-recursive local function can be sent: as the work, as an argument, in a message, and back.
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end

print(thread.spawn(fact, 10):join()) --> 3628800
print(thread.spawn(function(f, n) return f(n) end, fact, 10):join()) --> 3628800
print(thread.spawn(function(n) return fact(n) end, 10):join()) --> 3628800
local back = thread.spawn(function(f) return f end, fact):join()
print(back(10), back == fact) --> 3628800	false

local ch = channel.new()
ch:send(fact)
print(ch:recv()(5)) --> 120

-- Local functions that call each other.
local is_even, is_odd
function is_even(n) if n == 0 then return true end return is_odd(n - 1) end
function is_odd(n) if n == 0 then return false end return is_even(n - 1) end
print(thread.spawn(is_even, 100):join(), thread.spawn(is_odd, 100):join()) --> true	false
print(thread.spawn(function(e, o) return e(7), o(7) end, is_even, is_odd):join()) --> false	true

-- A function that is its own upvalue twice over, through a table.
local walk = {}
function walk.node(t) return type(t) == "table" and walk.list(t) or 1 end
function walk.list(t)
  local n = 0
  for _, v in ipairs(t) do n = n + walk.node(v) end
  return n
end
print(thread.spawn(walk.node, { 1, { 2, 3, { 4 } }, 5 }):join()) --> 5
