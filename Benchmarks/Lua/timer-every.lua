-- Lateness of an interval of 10 ms.
-- Usage: luaconc timer-every.lua [ticks]
-- Prints: drift_s (median lateness of the last tenth of the ticks), p50_s and p99_s (percentiles of all lateness)

local ticks = tonumber(arg[1]) or 500
local interval = 0.010

local late = {}
local start = timer.now()

-- "burst": a tick that comes too late is run and counted, so that no lateness goes unseen.
local t
t = timer.every({ times = ticks, missed = "burst" }, interval, function()
  late[#late + 1] = timer.now() - (start + t.count * interval)
end)
t:join()
assert(#late == ticks)

local last = table.move(late, #late - ticks // 10 + 1, #late, 1, {})
table.sort(last)
table.sort(late)
print("drift_s", last[(#last + 1) // 2])
print("p50_s", late[(#late + 1) // 2])
print("p99_s", late[math.ceil(#late * 0.99)])
