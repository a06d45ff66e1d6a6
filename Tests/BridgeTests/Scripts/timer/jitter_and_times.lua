--! args: --simulate 1d
-- jitter moves ticks a little, never their number; times = 1 ticks once.
local t = timer.every({times = 3, jitter = 0.005}, 0.3, function() end)
t:join()
print(t.count, t.missed) --> 3	0
local once = timer.every({times = 1}, 0.03, print, "once")
once:join() --> once
print(once:active(), once:cancel(), once.count) --> false	false	1
