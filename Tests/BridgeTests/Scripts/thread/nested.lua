-- Threads spawn threads, to any depth, and results and errors come back through every level.
local function fib(n)
  if n < 2 then return n end
  local left = thread.spawn(fib, n - 1)
  return fib(n - 2) + left:join()
end
print(fib(7)) --> 13

local function chain(n)
  if n == 0 then return "bottom" end
  return thread.spawn(chain, n - 1):join()
end
print(chain(20)) --> bottom

-- From a coroutine, and from a comparator.
print(coroutine.wrap(function() return thread.spawn(chain, 1):join() end)()) --> bottom
table.sort({1, 2}, function(a, b) print(thread.spawn(chain, 2):join()) return a < b end) --> bottom
