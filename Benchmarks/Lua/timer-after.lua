-- A million timers, due in a shuffled order within one second of real time.
-- Usage: luaconc timer-after.lua [timers]    Prints: per_cpu_s (timers set and fired per second of CPU time)

local n = tonumber(arg[1]) or 1000000

local fired, start = 0, os.clock()

local function fire()
  fired = fired + 1
  if fired == n then
    print("per_cpu_s", n / (os.clock() - start))
  end
end

for i = 1, n do timer.after(i * 7919 % n / n, fire) end
