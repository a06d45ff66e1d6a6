-- Takes a lock that nobody else wants, and gives it back.
-- Usage: luaconc sync-lock.lua [times]    Prints: ns_per_op (taken and given back)

local n = tonumber(arg[1]) or 5000000

local lock = sync.lock()

local function run(count)
  for _ = 1, count do
    local held <close> = lock:acquire()
  end
end

run(n // 10) -- warm-up

local start = timer.now()
run(n)
print("ns_per_op", (timer.now() - start) / n * 1e9)
