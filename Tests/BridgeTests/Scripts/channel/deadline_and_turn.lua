-- A receive that has its message lets others have a turn now and then. A deadline that passes meanwhile does not take the
-- message back.
local ch = channel.new(math.huge)
for i = 1, 20000 do ch:send(i) end
ch:close()
task.spawn({daemon = true}, function()
  while true do
    local due = timer.now() + 0.0005
    while timer.now() < due do end
    task.yield()
  end
end)
local count, sum = 0, 0
while true do
  local ok, v = pcall(task.timeout, 0.0004, ch.recv, ch)
  if ok and not v then break end
  if ok then count, sum = count + 1, sum + v end
end
print(count, sum) --> 20000	200010000
