-- A finalizer that waits for ever does not keep the program from ending.
--! status 1
--! stderr: luaconc: thread 'main': deadlock: nothing can go on any more
--! stderr:   finalizer of thread 'main' at finalizer.lua:6: recv on channel: 2
kept = setmetatable({}, {__gc = function()
  channel.new():recv()
end})
