--! args: --simulate 1d
-- With overlap = true a tick starts its callback also while others of the same timer still run.
local started = 0
local gate = channel.new()
local t = timer.every({times = 3, overlap = true}, 0.3, function()
  started = started + 1
  if started == 3 then gate:close() else gate:recv() end
  task.yield()
  started = started + 1
end)
t:join() -- until the last callback has ended
print(t.count, started) --> 3	6
