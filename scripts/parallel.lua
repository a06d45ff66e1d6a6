-- Two functions that only compute, first one after the other, then side by side in two threads, with the time of each.
--
--   luaconc scripts/parallel.lua          about a second of work for each function
--   luaconc scripts/parallel.lua 0.1      a tenth of that
--
-- On a machine with two idle cores the second way takes half the time: each thread has a Lua state of its own, and no
-- lock is shared between them. What goes in and what comes out is copied.

local size = tonumber(arg[1] or 1)
if not (size and size > 0 and size < math.huge) or arg[2] then
  io.stderr:write("usage: luaconc parallel.lua [size]\n")
  os.exit(2)
end

--- How many primes there are below n.
local function primes(n)
  local count = 0
  for candidate = 2, n - 1 do
    local prime = true
    for divisor = 2, math.floor(candidate ^ 0.5) do
      if candidate % divisor == 0 then prime = false break end
    end
    if prime then count = count + 1 end
  end
  return count
end

--- The start below n whose Collatz sequence (halve if even, else 3n + 1) takes longest to reach 1.
local function collatz(n)
  local longest, winner = 0, 1
  for start = 1, n - 1 do
    local x, steps = start, 0
    while x ~= 1 do
      x = x % 2 == 0 and x // 2 or 3 * x + 1
      steps = steps + 1
    end
    if steps > longest then longest, winner = steps, start end
  end
  return winner
end

local function timed(fn, ...)
  local start = timer.now()
  local a, b = fn(...)
  return timer.now() - start, a, b
end

-- The first function takes time in proportion to n ^ 1.5, the second to n.
local prime_limit, collatz_limit = math.ceil(900000 * size ^ (2 / 3)), math.ceil(270000 * size)

local sequential, count, winner = timed(function()
  return primes(prime_limit), collatz(collatz_limit)
end)
local parallel, same_count, same_winner = timed(function()
  local a = thread.spawn({name = "primes"}, primes, prime_limit)
  local b = thread.spawn({name = "collatz"}, collatz, collatz_limit)
  return a:join(), b:join()
end)
assert(count == same_count and winner == same_winner, "the two ways disagree")

print(("%d primes below %d"):format(count, prime_limit))
print(("%d takes longest below %d"):format(winner, collatz_limit))
print(("one after the other  %.3f s"):format(sequential))
print(("side by side         %.3f s"):format(parallel))
print(("%.2f times as fast, with %d cores"):format(sequential / parallel, thread.cores()))
