-- A task of the main state that holds it up gets the error itself, and whoever waits for it.
local ch = channel.new()
local t = task.spawn({name = "dum"}, function()
  table.sort({1, 2, 3}, function() return ch:recv() end)
end)
local ok, e = pcall(t.join, t)
print(ok, e.kind, e.origin) --> false	deadlock	dum
