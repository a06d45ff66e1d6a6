-- Two tasks that yield to each other.
-- Usage: luaconc task-switch.lua [yields]    Prints: ns_per_op (one yield, and the switch to the other task)

local n = tonumber(arg[1]) or 2000000

local function work(count)
  for _ = 1, count do task.yield() end
end

local function run(count)
  local a, b = task.spawn(work, count // 2), task.spawn(work, count // 2)
  a:join()
  b:join()
end

run(n // 10) -- warm-up

local start = timer.now()
run(n)
print("ns_per_op", (timer.now() - start) / n * 1e9)
