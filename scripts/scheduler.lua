-- A job every minute, on a scheduler of events: each run of the job enters the next one.
--
--   luaconc scripts/scheduler.lua           every minute until Ctrl-C
--   luaconc scripts/scheduler.lua 5         every five seconds
--   luaconc scripts/scheduler.lua 0.2 3     three times, a fifth of a second apart
--
-- `sched` works as Python's module of that name does. Events have a time and a priority: of those due together the
-- lower priority runs first, here the job (1) before the line that announces the next (2).

local period, count = tonumber(arg[1] or 60), tonumber(arg[2] or math.huge)
if not (period and period > 0 and period < math.huge and count and count >= 1) or arg[3] then
  io.stderr:write("usage: luaconc scheduler.lua [period [count]]\n")
  os.exit(2)
end

local function announce()
  local next_event = sched.queue()[1]
  if next_event then print(("next run in %.1f s"):format(next_event.time - timer.now())) end
end

local function job(run)
  print(os.date("%X") .. "  run " .. run)
  sched.enter(0, 2, announce)
  if run < count then sched.enter(period, 1, job, run + 1) end
end

sched.enter(period, 1, job, 1)
announce()
sched.run()
