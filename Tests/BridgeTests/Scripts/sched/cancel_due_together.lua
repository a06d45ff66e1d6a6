--! args: --simulate 1d
-- On the event loop, too, an event can be cancelled until it begins, by one that is due at the same time as well.
local at = timer.now() + 0.005
local first, second, third
first = sched.enterabs(at, 1, function()
  print("first", #sched.queue(), sched.queue()[1] == second, sched.empty(), sched.cancel(first))
  print(sched.cancel(second), sched.cancel(second), #sched.queue())
  sched.enterabs(at, 2, print, "entered meanwhile, for the same time")
  sleep(0)
end)
second = sched.enterabs(at, 2, print, "never")
third = sched.enterabs(at, 3, function() print("third", sched.cancel(third), sched.empty()) end)
while not sched.empty() do sleep(0.001) end
--> first	2	true	false	false
--> true	false	1
--> entered meanwhile, for the same time
--> third	false	true

-- What has not begun when somebody calls run is run there, one after the other.
sched.enter(0, 1, function()
  sched.enter(0, 3, print, "run, third")
  sched.run()
  print("run is over", sched.empty())
end)
sched.enter(0, 2, function() sleep(0.002) print("run, second, after a sleep") end)
while not sched.empty() do sleep(0.001) end
sleep(0.01)
--> run, second, after a sleep
--> run, third
--> run is over	true

-- A task that is cancelled before it begins takes no event with it.
sched.enter(0, 1, print, "runs all the same")
local cancelled = 0
while cancelled == 0 do
  task.yield()
  for _, t in ipairs(task.list()) do
    if t.name == "event" then cancelled = cancelled + 1 t:cancel() end
  end
end
while not sched.empty() do sleep(0.001) end
--> runs all the same
