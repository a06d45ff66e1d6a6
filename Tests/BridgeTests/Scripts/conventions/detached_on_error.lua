--! args: --simulate 1d
-- Work that is a daemon, or has been detached, keeps nothing alive, whatever options it was spawned with.
for _, module in ipairs { task, thread, process } do
  local options = { on_error = function(e) print("never", e) end }
  module.spawn(options, function() while true do sleep(1) end end):detach()
  options.daemon = true
  module.spawn(options, function() while true do sleep(1) end end)
end
-- A thread that detaches itself.
thread.spawn({ on_error = print }, function()
  thread.current():detach()
  while true do sleep(1) end
end)
print("ok") --> ok

-- Its errors still go to their handler while the program lives.
local seen = channel.new()
local h = thread.spawn({ on_error = function(e) seen:send(e.message) end }, function()
  thread.inbox:recv()
  error("late", 0)
end)
h:detach()
h:send("go")
print(seen:recv()) --> late
