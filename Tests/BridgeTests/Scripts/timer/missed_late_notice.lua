-- However missed ticks are dealt with, that they came late is said once. Only what was dropped counts as missed.
--! stderr: timer 'burst' missed a tick, 
--! stderr:  s late: thread 'main' held the state
--! stderr: timer 'delay' missed a tick, 
--! stderr:  s late: thread 'main' held the state
--! stderr: timer 'overlap' missed a tick, 
--! stderr:  s late: thread 'main' held the state
local function late(options)
  local t = timer.every(options, 0.02, function() end)
  local stop = timer.now() + 0.07
  while timer.now() < stop do end
  t:join()
  return t.count, t.missed
end
print(late {name = "burst", missed = "burst", times = 4}) --> 4	0
print(late {name = "delay", missed = "delay", times = 2}) --> 2	0
print(late {name = "overlap", missed = "burst", overlap = true, times = 4}) --> 4	0
