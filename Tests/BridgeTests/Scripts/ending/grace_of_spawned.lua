-- What a thread's handlers spawned ends with the thread's grace, too.
local ready = channel.new()
local h = thread.spawn({grace = 0.05}, function()
  local x <close> = setmetatable({}, {__close = function()
    task.spawn(function() while true do sleep(1000) end end)
    task.spawn(function() while true do end end)
  end})
  ready:send(true)
  sleep(1000)
end)
ready:recv()
h:cancel()
print(h:wait()) --> cancelled
while #thread.list() > 1 do sleep(0.01) end
print("nothing goes on") --> nothing goes on
