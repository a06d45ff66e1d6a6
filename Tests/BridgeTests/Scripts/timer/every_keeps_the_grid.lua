-- every is free of drift: the n-th tick is due at start + n times the interval, however long the callbacks take.
local function hold(seconds)
  local stop = timer.now() + seconds
  while timer.now() < stop do end
end
-- With 0.03 s of work in each callback, a timer that drifted would tick for the third time after 0.24 s.
timer.every({times = 3}, 0.06, function() print("tick") hold(0.03) end)
timer.after(0.21, print, "after three intervals and a half")
--> tick
--> tick
--> tick
--> after three intervals and a half
