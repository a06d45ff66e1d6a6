-- Events of a scheduler with a fake clock: entered in a shuffled order, then run.
-- Usage: luaconc sched-events.lua [events]    Prints: ops_per_s (enter and run together)

local n = tonumber(arg[1]) or 1000000

local function run(count)
  local now, done = 0, 0
  local function clock() return now end
  local function delay(seconds) now = now + seconds end
  local function event() done = done + 1 end

  local start = timer.now()
  local s = sched.new(clock, delay)
  for i = 1, count do s:enter(i * 7919 % 1000003 / 1000, 1, event) end
  s:run()
  local elapsed = timer.now() - start
  assert(done == count and s:empty())
  return count / elapsed
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
