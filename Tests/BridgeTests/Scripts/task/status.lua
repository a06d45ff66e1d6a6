--! args: --simulate 1d
-- A task is pending, running, waiting, then done or failed; waiting says that it is blocked.
local ch = channel.new()
local me
me = task.spawn({name = "worker"}, function()
  print("inside " .. me:status())
  ch:recv()
  sleep(0.001)
end)
print(me:status()) --> pending
task.yield()
--> inside running
print(me:status()) --> waiting
print(tostring(me)) --> task: worker (waiting)
ch:send(true)
me:join()
print(me:status()) --> done

local sleeper = task.spawn({daemon = true}, sleep, 3600)
task.yield()
print(sleeper:status()) --> waiting

local failing = task.spawn(function() error("boom") end)
pcall(failing.join, failing)
print(failing:status()) --> failed

local main = task.current()
print(main:status()) --> running
print(task.spawn(function() return main:status() end):join()) --> waiting
