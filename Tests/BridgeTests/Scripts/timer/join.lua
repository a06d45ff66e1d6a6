--! args: --simulate 1d
-- join waits until a timer has fired for the last time and that callback has ended, or until it is cancelled.
local log = {}
local after = timer.after(0.005, function()
  sleep(0.005)
  log[#log + 1] = "callback ended"
end)
after:join()
log[#log + 1] = "joined"
print(table.concat(log, ", ")) --> callback ended, joined
after:join()
print("joining what is over returns at once") --> joining what is over returns at once

local endless = timer.every(3600, print, "never")
task.spawn(function() endless:cancel() end)
endless:join()
print("cancelled") --> cancelled

-- Many may wait.
local shared = timer.after(0.005, print, "fires")
local waiters = {}
for i = 1, 3 do waiters[i] = task.spawn(function() shared:join() print("waiter " .. i) end) end
for i = 1, 3 do waiters[i]:join() end
--> fires
--> waiter 1
--> waiter 2
--> waiter 3
local cancelled = timer.after(3600, print, "never")
cancelled:cancel()
cancelled:join()
print("done") --> done
