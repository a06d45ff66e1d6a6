-- Spawns tasks, 10,000 at a time, and joins them when all have been spawned.
-- Usage: luaconc task-spawn-all.lua [tasks]    Prints: ns_per_op (one spawn and join)

local n = tonumber(arg[1]) or 500000
local batch = 10000

local function work(i) return i end

local function run(count)
  for _ = 1, count // batch do
    local handles = {}
    for i = 1, batch do handles[i] = task.spawn(work, i) end
    for i = 1, batch do assert(handles[i]:join() == i) end
  end
end

run(n // 10) -- warm-up

local start = timer.now()
run(n)
print("ns_per_op", (timer.now() - start) / n * 1e9)
