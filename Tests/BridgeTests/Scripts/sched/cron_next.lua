-- The next times of a pattern, without anything being run.
local function show(times)
  for i, time in ipairs(times) do times[i] = os.date("!%m-%d %H:%M:%S", time) end
  print(table.concat(times, ", "))
end
local from = 1772323200 -- 2026-03-01 00:00 of UTC, a Sunday
print(math.type(sched.next("0 3 * * *", {tz = "UTC", from = from})), sched.next("0 3 * * *", {tz = "UTC", from = from}) - from) --> integer	10800
show(sched.next("0 3 * * *", 3, {tz = "UTC", from = from})) --> 03-01 03:00:00, 03-02 03:00:00, 03-03 03:00:00
show(sched.next("*/20 30 9 * * mon-fri", 4, {tz = "UTC", from = from})) --> 03-02 09:30:00, 03-02 09:30:20, 03-02 09:30:40, 03-03 09:30:00
show(sched.next("0 0 13 * fri", 3, {tz = "UTC", from = from})) --> 03-06 00:00:00, 03-13 00:00:00, 03-20 00:00:00
show(sched.next("0 0 29 2 *", 2, {tz = "UTC", from = from})) --> 02-29 00:00:00, 02-29 00:00:00
show(sched.next("@hourly", 2, {tz = "UTC", from = from + 0.5})) --> 03-01 01:00:00, 03-01 02:00:00
-- Later than `from`, never equal to it; fractions do not matter.
print(sched.next("* * * * * *", {from = from}) - from, sched.next("* * * * * *", {from = from + 0.9}) - from) --> 1	1
print(#sched.next("* * * * *", 0), #sched.next("* * * * *", 1000), math.type(sched.next("* * * * *", nil, {}))) --> 0	1000	integer
local now = os.time()
print(sched.next("* * * * *") > now, sched.next("* * * * *") <= now + 61) --> true	true
-- Nothing is computed beyond the year 9999.
print(sched.next("0 0 1 1 *", {tz = "UTC", from = 253402300799}), #sched.next("0 0 1 * *", 5, {tz = "UTC", from = 253397030399})) --> nil	2
