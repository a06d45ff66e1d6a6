-- Plain calls and integer arithmetic: naive Fibonacci. The same file runs under lua5.4 and luaconc.
-- Usage: luaconc plain-fib.lua [n]    Prints: ns_per_op (CPU time of one call of fib, fastest of ten passes)

local n = tonumber(arg[1]) or 27

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

fib(n) -- warm-up

local result
local best = math.huge
for _ = 1, 10 do
  local start = os.clock()
  result = fib(n)
  best = math.min(best, os.clock() - start)
end

-- fib(n) takes 2 fib(n + 1) - 1 calls; fib(n + 1) is close to fib(n) times the golden ratio.
local calls = 2 * result * (1 + math.sqrt(5)) / 2 - 1
print("ns_per_op", best / calls * 1e9)
