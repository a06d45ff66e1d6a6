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
local h = thread.spawn(function()
  for _ = 1, 3 do
    pcall(function()
      local x <close> = setmetatable({}, {__close = function() error("in the handler") end})
      sleep(1000)
    end)
  end
end)
sleep(0.01)
h:cancel()
print(h:wait()) --> failed
print(select(2, pcall(h.join, h)).message:match("[^:]+$")) -->  in the handler
