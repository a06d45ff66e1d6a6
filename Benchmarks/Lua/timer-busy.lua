-- Lateness of an interval of 10 ms while another process computes.
-- Usage: luaconc timer-busy.lua [ticks]    Prints: p50_s (median lateness)

local ticks = tonumber(arg[1]) or 300
local interval = 0.010

local neighbour <close> = process.spawn(function()
  while true do end
end)
sleep(0.1)

local late = {}
local start = timer.now()
local t
t = timer.every({ times = ticks, missed = "burst" }, interval, function()
  late[#late + 1] = timer.now() - (start + t.count * interval)
end)
t:join()
table.sort(late)
print("p50_s", late[(#late + 1) // 2])
neighbour:kill("KILL")
neighbour:wait()
