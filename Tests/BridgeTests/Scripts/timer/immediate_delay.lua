--! args: --simulate 1d
-- With missed = "delay", too, only the first tick of an immediate timer comes at once.
local t = timer.every({immediate = true, missed = "delay", times = 3}, 0.3, function() end)
t:join()
print(t.count, t.missed) --> 3	0
