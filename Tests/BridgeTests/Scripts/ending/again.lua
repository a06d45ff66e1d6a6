--! args: --simulate 1d
-- Cancelling twice, what has ended, or what has not begun.
local runs = 0
local h = task.spawn(function()
  local x <close> = setmetatable({}, {__close = function() runs = runs + 1 sleep(0.02) end})
  sleep(1000)
end)
sleep(0)
h:cancel("first")
h:cancel("second")
sleep(0.01)
h:cancel("third")
print(select(2, pcall(h.join, h)).message, runs) --> first	1
h:cancel()
print(h:status()) --> cancelled

local done = task.spawn(function() return "result" end)
sleep(0)
done:cancel()
print(done:join(), done:status()) --> result	done

local unborn = task.spawn(print, "never")
unborn:cancel()
print(unborn:wait()) --> cancelled
local unborn = thread.spawn(function() sleep(1000) end)
unborn:cancel()
print(unborn:wait()) --> cancelled
