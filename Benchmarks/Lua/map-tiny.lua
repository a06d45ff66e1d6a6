-- A map over many items with hardly any work, against the plain loop over the same items.
-- Usage: luaconc map-tiny.lua [items]    Prints: ns_per_op (time of the map beyond that of the loop, per item, best of five)

local n = tonumber(arg[1]) or 1000000

local function work(x) return x + 1 end

local list = {}
for i = 1, n do list[i] = i end

local function best(fn)
  local time = math.huge
  for _ = 1, 5 do
    collectgarbage()
    local start = timer.now()
    local results = fn()
    time = math.min(time, timer.now() - start)
    assert(#results == n and results[n] == n + 1)
  end
  return time
end

local alone = best(function()
  local results = {}
  for i = 1, n do results[i] = work(list[i]) end
  return results
end)
print("ns_per_op", (best(function() return thread.map(work, list) end) - alone) / n * 1e9)
