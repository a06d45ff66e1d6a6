--! args: --simulate 1d
-- A timer may cancel itself in its own callback: every ends with that tick, after has fired already.
local every
every = timer.every(0.3, function()
  print("tick " .. every.count)
  if every.count == 2 then print(every:cancel(), every:cancel(), every:active()) end
end)
every:join()
--> tick 1
--> tick 2
--> true	false	false
print(every.count, every:active()) --> 2	false

local after
after = timer.after(0, function() print(after:cancel()) end)
after:join() --> false
print(after.count) --> 1

-- In the callback of the last tick nothing is pending any more.
local last
last = timer.every({times = 2, immediate = true}, 0.3, function()
  if last.count == 2 then print(last:cancel()) end
end)
last:join() --> false

-- A callback that cancels and then waits still runs to its end, and join waits for that.
local slow
slow = timer.every({immediate = true}, 3600, function()
  slow:cancel()
  sleep(0.005)
  print("ran to its end")
end)
slow:join() --> ran to its end
print("joined") --> joined
