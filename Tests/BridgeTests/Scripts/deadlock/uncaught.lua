-- Uncaught, it ends the program as any error of the main chunk does: the rest is cancelled, the exit status is 1.
--! status 1
--! stderr: luaconc: thread 'main': deadlock: nothing can go on any more
--! stderr:   thread 'main' at uncaught.lua:14: recv on channel: 2
--! stderr:   thread 'dum' at uncaught.lua:11: select of 2
--! stderr: stack traceback:
--! stderr: 	uncaught.lua:14: in main chunk
local ch = channel.new()
thread.spawn({name = "dum"}, function()
  local log <close> = setmetatable({}, {__close = function(_, e) print("closed: " .. e.kind) end})
  channel.select {ch, {channel.new(0), "never"}}
end)
sleep(0.01)
ch:recv()
--> closed: cancelled
--! args: --simulate 1d
