-- And where a wait holds up its whole state.
--! status 1
--! stderr: luaconc: thread 'main': deadlock: nothing can go on any more
--! stderr:   thread 'main' at sort.lua:10: join of thread 'dum'
--! stderr:   thread 'dum' at sort.lua:8: recv on channel: 2
local ch = channel.new()
local h = thread.spawn({name = "dum"}, function()
  table.sort({1, 2, 3}, function() return ch:recv() end)
end)
local text = ("x"):gsub("x", function() return h:join() end)
print("never", text)
