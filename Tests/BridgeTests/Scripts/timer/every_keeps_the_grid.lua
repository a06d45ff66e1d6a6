--! args: --simulate 1d
-- every is free of drift: the n-th tick is due at start + n times the interval, however long the callbacks take.
timer.every({times = 3}, 0.25, function()
  print("tick", timer.now())
  sleep(0.125)
end)
timer.every({times = 2, missed = "delay"}, 1, function() print("others as well", timer.now()) end)
--> tick	0.25
--> tick	0.5
--> tick	0.75
--> others as well	1.0
--> others as well	2.0
