--! args: --simulate 1d
-- The program waits for timers, but not for daemon ones; a timer whose handle was collected fires all the same.
timer.every({daemon = true}, 0.001, function() end):cancel()
timer.every({daemon = true}, 3600, print, "never")
timer.after({daemon = true}, 3600, print, "never")
timer.after(0.005, function()
  collectgarbage()
  timer.after(0.001, print, "the last")
end)
collectgarbage()
collectgarbage()
print("main ends")
--> main ends
--> the last
