-- A pool of workers that drains when it is told to stop. Ctrl-C (or `kill`) stops the intake; what was taken in is
-- finished, and then the program ends. A second Ctrl-C ends it at once.
--
--   luaconc scripts/graceful.lua              jobs without end, until Ctrl-C: exit status 130
--   luaconc scripts/graceful.lua 20           20 jobs
--   luaconc scripts/graceful.lua 20 0.05      that take so many seconds each
--
-- What it shows: Ctrl-C cancels all work, so each part says what may not be torn. The workers are shielded: to them the
-- end comes as the end of the queue. The intake is not; it is cancelled where it waits, and the variable marked
-- `<close>` closes the queue and waits for the workers, on this way out as on any other.

local count, seconds = tonumber(arg[1] or math.huge), tonumber(arg[2] or 0.3)
if not (count and count >= 0 and seconds and seconds >= 0 and seconds < math.huge) or arg[3] then
  io.stderr:write("usage: luaconc graceful.lua [jobs [seconds]]\n")
  os.exit(2)
end

local jobs, done = channel.new(4), channel.new(math.huge)

--- Does jobs until the queue is closed and empty.
local function work(name)
  task.shield(function()
    for job in jobs do
      sleep(seconds)
      done:send(job)
      print(("worker %s: job %d"):format(name, job))
    end
  end)
end

do
  local workers = {}
  local pool <close> = setmetatable({}, {__close = function(_, reason)
    if reason then print("no more jobs; finishing what was taken in") end
    jobs:close()
    for _, worker in ipairs(workers) do worker:wait() end
    print(("%d jobs done, %d left"):format(#done, #jobs))
  end})
  for i = 1, 2 do
    workers[i] = thread.spawn({name = "worker-" .. i, grace = 10}, work, i)
  end
  for job = 1, count do jobs:send(job) end
end
