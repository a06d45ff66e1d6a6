-- os.exit ends the program from any thread, whatever the others are busy with.
--! status 5
for _ = 1, 10 do thread.spawn(function() while true do end end) end
thread.spawn({daemon = true}, function() while true do io.write("") end end)
local full = channel.new(1)
task.spawn(function() full:send(1) full:send(2) end)
thread.spawn(function()
  timer.every(1000, function() end)
  sleep(0.02)
  os.exit(5)
end)
local log <close> = setmetatable({}, {__close = function(_, e) print("closed: " .. e.kind) end})
while true do end
--> closed: cancelled
