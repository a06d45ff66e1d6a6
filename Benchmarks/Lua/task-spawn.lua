-- Spawns a task and joins it, one after the other.
-- Usage: luaconc task-spawn.lua [tasks]    Prints: ns_per_op (one spawn and join)

local n = tonumber(arg[1]) or 500000

local function work(i) return i end

local function run(count)
  for i = 1, count do
    assert(task.spawn(work, i):join() == i)
  end
end

run(n // 10) -- warm-up

local start = timer.now()
run(n)
print("ns_per_op", (timer.now() - start) / n * 1e9)
