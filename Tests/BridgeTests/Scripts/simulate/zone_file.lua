-- A schedule keeps its zone on virtual time: what is done to the zone's file meanwhile is of the machine's own time.
local folder = os.tmpname()
os.remove(folder)
process.run("mkdir", folder)
process.run("cp", "/usr/share/zoneinfo/Asia/Tokyo", folder .. "/Zone")
local script = [[
  sched.cron("0 12 * * *", {tz = "Zone"}, function()
    print(os.date("!%a %H:%M"))
    process.run("cp", "/usr/share/zoneinfo/Asia/Kolkata", os.getenv "TZDIR" .. "/Zone")
  end)
]]
local options = {env = {TZDIR = folder, TZ = "UTC0"}}
print(process.run(options, arg[-1], "--simulate", "3d", "--from", "2027-03-01", "-e", script).stdout)
--> Mon 03:00
--> Tue 03:00
--> Wed 03:00
-->
process.run("rm", "-r", folder)
