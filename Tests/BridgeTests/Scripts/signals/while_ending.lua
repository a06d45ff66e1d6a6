--! real: a handler waits while a signal comes
-- A signal that comes while the program ends already does not cut handlers short; it decides the status.
--! status 143
--! stderr: luaconc: terminated
local begun = channel.new()
thread.spawn({daemon = true}, function()
  local slow <close> = setmetatable({}, {__close = function()
    io.popen("kill -TERM $PPID"):close()
    sleep(0.05)
    print("closed")
  end})
  begun:send(true)
  sleep(1000)
end)
begun:recv()
print("the end") --> the end
--> closed
