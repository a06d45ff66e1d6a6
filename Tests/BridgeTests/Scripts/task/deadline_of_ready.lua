-- A deadline that passes while the task is about to go on after a wait is heard by a loop that waits for nothing more.
local ch = channel.new()
local looping = task.spawn({on_error = function() end}, function()
  task.timeout(0.02, function()
    ch:recv()
    while true do end
  end)
end)
while looping:status() ~= "waiting" do task.yield() end
ch:send(1)
local due = timer.now() + 0.03
while timer.now() < due do end
print(looping:wait(), select(2, pcall(looping.join, looping)).kind) --> failed	timeout
