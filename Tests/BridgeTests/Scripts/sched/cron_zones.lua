-- Zones by their names, and what is none. Clock changes: skipped fixed times run once after it, repeated ones once.
local function show(pattern, n, tz, from)
  local times = sched.next(pattern, n, {tz = tz, from = from})
  for i, time in ipairs(times) do times[i] = os.date("!%m-%d %H:%M", time) end
  print(table.concat(times, ", "))
end
local march, october = 1774656000, 1792800000 -- 2026-03-28 and 2026-10-24, 00:00 of UTC
show("30 2 * * *", 3, "Europe/Berlin", march) --> 03-28 01:30, 03-29 01:00, 03-30 00:30
show("30 2 * * *", 3, "Europe/Berlin", october) --> 10-24 00:30, 10-25 00:30, 10-26 01:30
show("30 * 29 3 *", 3, "Europe/Berlin", march) --> 03-28 23:30, 03-29 00:30, 03-29 01:30
show("30 2-3 29 3 *", 2, "/usr/share/zoneinfo/Europe/Berlin", march) --> 03-29 01:00, 03-29 01:30
show("0 12 30 12 *", 1, "Pacific/Apia", 1325000000) --> 12-30 10:00
local event = sched.cron("0 0 * * *", {tz = "Europe/Istanbul", daemon = true}, print)
print(event.tz, (event.time + 3 * 3600) % 86400) --> Europe/Istanbul	0
local function complaint(tz)
  print((select(2, pcall(sched.next, "* * * * *", {tz = tz})):gsub("^bad argument #2 to 'next' ", "")))
end
complaint("Nowhere/City") --> (option 'tz': no time zone 'Nowhere/City')
complaint("europe/berlin") --> (option 'tz': no time zone 'europe/berlin' (did you mean 'Europe/Berlin'?))
complaint("Berlin") --> (option 'tz': no time zone 'Berlin' (did you mean 'Europe/Berlin'?))
complaint("Europe") --> (option 'tz': no time zone 'Europe')
complaint("") --> (option 'tz': '' is no name of a time zone)
complaint("../../../etc/localtime") --> (option 'tz': '../../../etc/localtime' is no name of a time zone)
complaint("/etc/localtime") --> (option 'tz': '/etc/localtime' is no name of a time zone)
complaint("Europe//Berlin") --> (option 'tz': 'Europe//Berlin' is no name of a time zone)
complaint("zone.tab") --> (option 'tz': 'zone.tab' is no time zone: /usr/share/zoneinfo/zone.tab is another kind of file)
complaint("right/Europe/Berlin") --> (option 'tz': time zone 'right/Europe/Berlin' counts leap seconds, which the system's clock does not)
