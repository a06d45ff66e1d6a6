-- Cancellation is a level: what has been swallowed comes again with the next call that waits.
local log = {}
local h = task.spawn(function()
  local ok = pcall(sleep, 1000)
  log[#log + 1] = "never reached"
end)
sleep(0)
h:cancel()
h:wait()
print(#log) --> 0

-- An end by a handler's own error does not stop it either.
local ready = channel.new()
local h = thread.spawn(function(ready)
  for _ = 1, 3 do
    pcall(function()
      local x <close> = setmetatable({}, {__close = function() error("in the handler") end})
      ready:send(true)
      sleep(1000)
    end)
  end
end, ready)
ready:recv()
h:cancel()
print(h:wait()) --> failed
print(select(2, pcall(h.join, h)).message:match("[^:]+$")) -->  in the handler
