--! args: --simulate 1h
-- A program that waits for a signal is not stuck: it waits until the end. The handler does not hold the clock.
process.on_signal("USR1", function() print("never") end)
timer.after(1800, print, "half an hour")
process.spawn({daemon = true}, function()
  process.on_signal("USR1", function() end)
  channel.new():recv()
end)
local ch <close> = setmetatable({}, {__close = function() print(timer.now()) end})
channel.new():recv()
--> half an hour
--> 3600.0
