--! args: --simulate 1d
-- The program does not wait for daemons and detached tasks, however long they would sleep.
task.spawn({daemon = true}, function()
  sleep(3600)
  print("never")
end)
local detached = task.spawn(function()
  sleep(3600)
  print("never")
end)
local endless = task.spawn(function()
  while true do task.yield() end
end)
task.yield()
detached:detach()
detached:detach()
endless:detach()
print(detached:status()) --> waiting
local finished = task.spawn(function() return "result" end)
print(finished:join()) --> result
finished:detach()
print(finished:join()) --> result
print("main ends") --> main ends
