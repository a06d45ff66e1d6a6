-- A handle that is collected changes nothing: the error of its work is still printed and counted.
--! status 1
--! stderr: boom

do
  local gate = channel.new()
  local h = task.spawn(function() gate:recv() error("boom") end)
  task.yield()
  h = nil
  collectgarbage()
  gate:send("go")
end
collectgarbage()
task.yield()
collectgarbage()
print("goes on") --> goes on
