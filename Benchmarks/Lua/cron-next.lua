-- The next times of a pattern, in a zone whose clocks change; and a pattern that comes four times in a century.
-- Usage: luaconc cron-next.lua [times]    Prints: s_per_op (for all times), s_per_century

local n = tonumber(arg[1]) or 1000000

local function measure(...)
  local start = timer.now()
  local times = sched.next(...)
  local elapsed = timer.now() - start
  for i = 2, #times do assert(times[i] > times[i - 1]) end
  return elapsed, times
end

local zone = {tz = "Europe/Berlin", from = 946684800}
local elapsed, times = measure("*/5 * * * *", n, zone)
assert(#times == n)
print("s_per_op", elapsed)

-- In this pattern both day fields have to match, since one begins with a star.
local fastest, leap_sundays = math.huge, {2004, 2032, 2060, 2088}
for _ = 1, 5 do
  local elapsed, times = measure("0 0 29 2 */7", 4, zone)
  for i, year in ipairs(leap_sundays) do assert(os.date("%Y-%m-%d", times[i] + 7200) == year .. "-02-29") end
  fastest = math.min(fastest, elapsed)
end
print("s_per_century", fastest)
