-- Spawns a child process and joins it, one after the other.
-- Usage: luaconc process-spawn.lua [processes]    Prints: ns_per_op (one spawn and join)

local n = tonumber(arg[1]) or 500

local function work(i) return i end

local function run(count)
  for i = 1, count do
    assert(process.spawn(work, i):join() == i)
  end
end

run(n // 10 + 3) -- warm-up

local start = timer.now()
run(n)
print("ns_per_op", (timer.now() - start) / n * 1e9)
