--! args: --simulate 1d
-- By default a tick that comes while the last callback still runs counts as missed: callbacks never run side by side.
--! stderr: slow
local running, most = 0, 0
local t
t = timer.every({name = "slow", times = 3}, 0.02, function()
  running = running + 1
  most = math.max(most, running)
  sleep(0.05)
  running = running - 1
end)
t:join()
print(most, running, t.count) --> 1	0	3
print(t.missed >= 2) --> true
