--! real: handlers wait while the program ends by a signal
-- The end comes before the supervisor's task has begun: its children are stopped in order all the same.
--! status 143
--! stderr: luaconc: terminated
local ready = channel.new()
local function child(name)
  local closing <close> = setmetatable({}, {__close = function() sleep(0.05) print("closed " .. name) end})
  ready:send(name)
  sleep(1000)
end
-- Where Lua cannot yield no other task runs.
string.gsub("x", "x", function()
  supervisor.spawn {name = "first", children = {
    {name = "a", start = child, args = {"a"}}, {name = "b", start = child, args = {"b"}}, {name = "c", start = child, args = {"c"}},
  }}
  for _ = 1, 3 do ready:recv() end
  os.execute("kill -TERM " .. process.pid())
  pcall(sleep, 1000)
end)
--> closed c
--> closed b
--> closed a
