-- A check every five seconds, made in the two ways there are: a timer that sets itself again, and one that repeats.
--
--   luaconc scripts/timer.lua           until Ctrl-C
--   luaconc scripts/timer.lua 12        for twelve seconds
--   luaconc scripts/timer.lua 1 0.3     for one second, with a check every 0.3 s
--
-- The two drift apart slowly. `timer.after`, called at the end of each check, waits five seconds from *there*: a check
-- that takes long puts off all later ones. `timer.every` keeps to its grid: the n-th check is due n * 5 s after the start.

local seconds, interval = tonumber(arg[1] or math.huge), tonumber(arg[2] or 5)
if not (seconds and seconds > 0 and interval and interval > 0 and interval < math.huge) or arg[3] then
  io.stderr:write("usage: luaconc timer.lua [seconds [interval]]\n")
  os.exit(2)
end

local start = timer.now()
local function check(how)
  print(("%8.3f s  %-11s  %.0f KiB in use"):format(timer.now() - start, how, collectgarbage("count")))
end

local pending -- the timer that makes the next check of the first kind
local function check_and_rearm()
  check("timer.after")
  pending = timer.after(interval, check_and_rearm)
end
pending = timer.after(interval, check_and_rearm)

local repeating = timer.every(interval, check, "timer.every")

if seconds < math.huge then
  sleep(seconds)
  pending:cancel()
  repeating:cancel()
end
