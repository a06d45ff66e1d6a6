--! args: --simulate 1d
-- Functions travel with what they need: themselves, each other, their upvalues and the script's globals they name.
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
print(thread.spawn(fact, 20):join(), thread.spawn(function(f) return f(5) end, fact):join()) --> 2432902008176640000	120

local even, odd
function even(n) return n == 0 or odd(n - 1) end
function odd(n) return n ~= 0 and even(n - 1) end
print(thread.spawn(function() return even(10), odd(10) end):join()) --> true	false

function helper(x) return deeper(x) + offset end
function deeper(x) return x * 2 end
offset = 1
print(thread.spawn(function(x) return helper(x) end, 20):join()) --> 41

local count = 0
local function increment() count = count + 1 return count end
local function get() return count end
print(thread.spawn(function() increment() increment() return get() end):join(), count) --> 2	0

local object = {factor = 3}
function object:times(x) return self.factor * x end
print(thread.spawn(function() return object:times(14) end):join()) --> 42
print(thread.spawn(function(...) local inner = coroutine.wrap(function(...) sleep(0.001) return ... end) return inner(...) end, 1, 2):join())
--> 1	2
