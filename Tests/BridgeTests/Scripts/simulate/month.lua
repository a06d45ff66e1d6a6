--! args: --simulate 31d --from 2027-03-01T00:00
-- A month of schedules: each comes at its times, those that a change of the clocks skips or repeats too.
local runs = {}
local function count(name) runs[name] = (runs[name] or 0) + 1 end
local patterns = {"*/30 * * * *", "0 3 * * *", "15 9-17 * * mon-fri", "@weekly", "30 2 28 * *"}
for i = 0, 49 do
  sched.cron(patterns[i % 5 + 1], {name = "job" .. i, tz = "Europe/Berlin", daemon = true}, count, "job" .. i)
end
sched.cron("30 2 28 3 *", {tz = "Europe/Berlin", daemon = true}, function() print(os.date("!%F %T")) end)
sleep(31 * 86400 - 1)
print(runs.job0 > 1480, runs.job1 >= 30, runs.job2 >= 200, runs.job3 == runs.job8, runs.job4 == runs.job49)
--> 2027-03-28 01:00:00
--> true	true	true	true	true
