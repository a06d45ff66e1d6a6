--! args: --simulate 1d
-- A tick that came while the last callback ran: how late it was is said when that callback has ended.
--! stderr: timer 'slow' missed a tick, 
--! stderr:  s late: its last callback still ran
local t
t = timer.every({name = "slow", times = 1 << 40, immediate = true}, 0.5, function()
  while t.missed == 0 do sleep(0.001) end
  t:cancel()
end)
t:join()
print(t.count, t.missed) --> 1	1
