-- Spawns many threads at once, then joins them.
-- Usage: luaconc thread-burst.lua [threads]    Prints: ns_per_op (one spawn and join, fastest of ten passes)

local n = tonumber(arg[1]) or 200

local function work(i) return i end

local best = math.huge
for _ = 1, 10 do
  local start = timer.now()
  local threads = {}
  for i = 1, n do threads[i] = thread.spawn(work, i) end
  for i = 1, n do assert(threads[i]:join() == i) end
  best = math.min(best, timer.now() - start)
end
print("ns_per_op", best / n * 1e9)
