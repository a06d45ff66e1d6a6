-- When the function of a thread fails, what it started in its state ends with it, as with the main chunk.
local closed = channel.new()
local h = thread.spawn(function()
  task.spawn(function()
    local x <close> = setmetatable({}, {__close = function(_, e) closed:send(e.kind) end})
    sleep(1000)
  end)
  timer.every(1, function() end)
  sleep(0)
  error("failed")
end)
print(h:wait()) --> failed
print(closed:recv()) --> cancelled
