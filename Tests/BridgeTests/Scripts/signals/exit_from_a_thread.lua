-- os.exit ends the program from any thread, whatever the others are busy with.
--! status 5
local log <close> = setmetatable({}, {__close = function(_, e) print("closed: " .. e.kind) end})
local begun = channel.new()
for _ = 1, 10 do thread.spawn(function() begun:send(true) while true do end end) end
thread.spawn({daemon = true}, function() begun:send(true) while true do io.write("") end end)
local full = channel.new(1)
task.spawn(function() full:send(1) full:send(2) end)
thread.spawn(function()
  timer.every(1000, function() end)
  for _ = 1, 11 do begun:recv() end
  os.exit(5)
end)
while true do end
--> closed: cancelled
