-- A thread's error that is observed after it happened has been printed, but does not spoil the exit status.
--! stderr: error_observed_late.lua:6: boom
local closed = channel.new()
local failing = thread.spawn(function()
  last = setmetatable({}, {__gc = function() closed:send(true) end})
  error("boom")
end)
closed:recv() -- by then it has been printed
print((pcall(failing.join, failing))) --> false
