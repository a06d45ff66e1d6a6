--! real: handlers wait while the program ends by a signal
-- Ctrl-C cancels the main task and all work, daemons too. `<close>` handlers run to their end, and may wait. One line is
-- said, and the status is 130.
--! status 130
--! stderr: luaconc: interrupted
local function closing(name, after)
  return setmetatable({}, {__close = function(_, e)
    if after then after:wait() end
    sleep(0.01)
    print(name, e and e.kind)
  end})
end

local begun = channel.new()
local a = thread.spawn({daemon = true}, function()
  local x <close> = closing("a daemon thread")
  begun:send(true)
  while true do pcall(function() while true do end end) end
end)
local b = thread.spawn(function()
  local x <close> = closing("a thread", a)
  begun:send(true)
  channel.new():recv(1000)
end)
local c = task.spawn(function()
  local x <close> = closing("a task", b)
  begun:send(true)
  sleep(1000)
end)
timer.every({daemon = true}, 1000, print)
local x <close> = closing("the main chunk", c)
for _ = 1, 3 do begun:recv() end
io.popen("kill -INT $PPID"):close()
sleep(1000)
--> a daemon thread	cancelled
--> a thread	cancelled
--> a task	cancelled
--> the main chunk	cancelled
