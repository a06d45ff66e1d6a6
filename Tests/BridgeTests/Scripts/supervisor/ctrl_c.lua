--! real: handlers wait while the program ends by a signal
-- Ctrl-C ends supervisors in order too: children of all kinds, the last one first, each with its time.
--! status 130
--! stderr: luaconc: interrupted
local ready = channel.new()
local function child(name, time)
  local closing <close> = setmetatable({}, {__close = function() sleep(time) print("closed " .. name) io.stdout:flush() end})
  ready:send(name)
  sleep(1000)
end
local children = {}
for i, kind in ipairs {"task", "thread", "process", "thread", "task"} do
  children[i] = {name = i .. " " .. kind, kind = kind, start = child, args = {i .. " " .. kind, 0.6}}
end
local main <close> = setmetatable({}, {__close = function() sleep(0.01) print("closed the main chunk") end})
task.spawn(function()
  for _ = 1, 5 do ready:recv() end
  os.execute("kill -INT " .. process.pid())
end)
supervisor.run {children = children}
--> closed 5 task
--> closed 4 thread
--> closed 3 process
--> closed 2 thread
--> closed 1 task
--> closed the main chunk
