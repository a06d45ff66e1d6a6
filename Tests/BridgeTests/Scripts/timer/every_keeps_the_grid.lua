-- every is free of drift: the n-th tick is due at start + n times the interval, however long the callbacks take.
local function hold(seconds)
  local stop = timer.now() + seconds
  while timer.now() < stop do end
end
-- With 0.1 s of work in each callback, a timer that drifted would tick for the third time after 0.8 s.
timer.every({times = 3}, 0.2, function() print("tick") hold(0.1) end)
timer.after(0.7, print, "after three intervals and a half")
--> tick
--> tick
--> tick
--> after three intervals and a half
