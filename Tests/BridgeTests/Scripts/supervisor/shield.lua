--! args: --simulate 1d
--! stderr: luaconc: supervisor 'top': thread 'slow' does not end; it is in a shield
-- Nothing stops what runs in a shield: a thread that is in one for longer is left behind, and named.
local s = supervisor.spawn {name = "top", children = {
  {name = "slow", shutdown = 0.3, start = function() task.shield(function() sleep(9) end) end},
}}
while s:which()[1].status ~= "waiting" do sleep(0.01) end
s:cancel()
print(s:wait()) --> cancelled
