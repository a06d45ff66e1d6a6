-- A job every minute, on a scheduler of events: each run of the job enters the next one.
--
--   luaconc scripts/scheduler.lua           every minute until Ctrl-C
--   luaconc scripts/scheduler.lua 5         every five seconds
--   luaconc scripts/scheduler.lua 0.2 3     three times, a fifth of a second apart
--
-- `sched` works as Python's module of that name does: an event has a delay, a priority (of events due together the
-- lower runs first), a function and its arguments. `sched.run` runs the events until none is left.

local period, count = tonumber(arg[1] or 60), tonumber(arg[2] or math.huge)
if not (period and period > 0 and period < math.huge and count and count >= 1) or arg[3] then
  io.stderr:write("usage: luaconc scheduler.lua [period [count]]\n")
  os.exit(2)
end

local function job(run)
  print(("%s  run %d"):format(os.date("%X"), run))
  if run < count then sched.enter(period, 1, job, run + 1) end
end

print(("a run every %g s, the first in %g s"):format(period, period))
sched.enter(period, 1, job, 1)
sched.run()
