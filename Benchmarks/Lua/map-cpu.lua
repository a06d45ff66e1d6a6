-- A map over items that only compute, against the plain loop over the same items.
-- Usage: luaconc map-cpu.lua [items]    Prints: speed_up (time of the loop by time of the map, best of five pairs)

local n = tonumber(arg[1]) or 100

local function work(seed)
  local x = seed
  for _ = 1, 400000 do x = (x * 1103515245 + 12345) & 0x7fffffff end
  return x
end

local list = {}
for i = 1, n do list[i] = i end

local function measure(fn)
  local start = timer.now()
  local results = fn()
  return timer.now() - start, results
end

local best = 0
for _ = 1, 5 do
  local alone, expected = measure(function()
    local results = {}
    for i = 1, n do results[i] = work(list[i]) end
    return results
  end)
  local mapped, results = measure(function() return thread.map(work, list) end)
  for i = 1, n do assert(results[i] == expected[i]) end
  best = math.max(best, alone / mapped)
end
print("speed_up", best)
