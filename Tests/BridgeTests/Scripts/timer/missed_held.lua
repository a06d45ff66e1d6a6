-- A tick whose callback may not begin was missed because of what holds the state, not because of the timer's own callback.
--! stderr: timer 'held' missed a tick, 
--! stderr:  s late: thread 'main' held the state
local t = timer.every({name = "held"}, 0.01, function() end)
table.sort({2, 1}, function(a, b) -- where a wait holds up the whole state
  while t.missed < 2 do sleep(0.01) end
  return a < b
end)
print(t.count, t.missed >= 2, t:cancel()) --> 0	true	true
