-- A month of `scripts/crontab.lua` with 50 jobs, each of which runs every hour, in virtual time.
-- Usage: luaconc cron-month.lua [days]    Prints: s_per_op (of real time, with the start and the end of the program)

local days = tonumber(arg[1]) or 31
local jobs = 50

local path = os.tmpname()
local file <close> = assert(io.open(path, "w"))
for i = 1, jobs do file:write(i, " * * * *  job ", i, "\n") end
file:flush()

local scripts = arg[0]:match("^.*/") .. "../../scripts/"
local start = timer.now()
local result = assert(process.run(
  arg[-1], "--simulate", days .. "d", "--from", "2027-03-01T00:00", scripts .. "crontab.lua", path))
local elapsed = timer.now() - start
os.remove(path)
assert(result.ok and select(2, result.stdout:gsub("would run", "")) == days * 24 * jobs)
print("s_per_op", elapsed)
