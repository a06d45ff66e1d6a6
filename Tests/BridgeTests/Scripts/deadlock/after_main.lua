-- Also when the main chunk is over, and nobody is left who could hear of an error.
--! status 1
--! stderr: luaconc: deadlock: nothing can go on any more
--! stderr:   thread 'dum' at after_main.lua:8: recv on channel: 2
--! stderr:   thread 'tis' at after_main.lua:10: send on channel: 3
local empty, full = channel.new(), channel.new(1)
thread.spawn({name = "dum"}, function()
  empty:recv()
end)
thread.spawn({name = "tis"}, function() full:send(1) full:send(2) end)
print("the main chunk is over") --> the main chunk is over
