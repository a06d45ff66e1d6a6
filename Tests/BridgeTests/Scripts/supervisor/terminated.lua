--! real: handlers wait while the program ends by a signal
-- SIGTERM in order, where the supervisor runs by itself.
--! status 143
--! stderr: luaconc: terminated
local ready = channel.new()
local function child(name)
  local closing <close> = setmetatable({}, {__close = function() sleep(0.05) print("closed " .. name) end})
  ready:send(name)
  sleep(1000)
end
supervisor.spawn {name = "first", children = {
  {name = "a", kind = "thread", start = child, args = {"a"}}, {name = "b", kind = "thread", start = child, args = {"b"}},
}}
for _ = 1, 2 do ready:recv() end
os.execute("kill -TERM " .. process.pid())
pcall(sleep, 1000)
--> closed b
--> closed a
