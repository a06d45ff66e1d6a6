--! args: --simulate 1d
-- What waits outside of a function with a deadline does not hear of it.
local ok, e = pcall(task.timeout, 60, sleep, 1000)
print(e.kind, timer.now()) --> timeout	60.0
sleep(1000)
print(timer.now()) --> 1060.0
print(task.timeout(60, function() sleep(10) return "in time" end)) --> in time
sleep(1000)
print(timer.now()) --> 2070.0
