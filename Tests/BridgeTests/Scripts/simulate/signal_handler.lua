--! args: --simulate 1h
-- A program that waits for a signal is not stuck: it waits until the end. The handler does not hold the clock.
process.on_signal("USR1", function() print("never") end)
timer.after(1800, print, "half an hour")
local ch <close> = setmetatable({}, {__close = function() print(timer.now()) end})
channel.new():recv()
--> half an hour
--> 3600.0
