-- Runs the program `true`, one after the other.
-- Usage: luaconc process-run.lua [programs]    Prints: ns_per_op (one run)

local n = tonumber(arg[1]) or 500

local function run(count)
  for i = 1, count do
    assert(process.run("true").ok)
  end
end

run(n // 10) -- warm-up

local start = timer.now()
run(n)
print("ns_per_op", (timer.now() - start) / n * 1e9)
