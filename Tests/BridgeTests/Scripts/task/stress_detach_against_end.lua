-- Stress: a thousand tasks are detached just before, while and after they end; none is lost and the program still ends.
local ended = 0
for i = 1, 1000 do
  local h = task.spawn(function()
    if i % 3 == 0 then task.yield() end
    ended = ended + 1
    return i
  end)
  if i % 2 == 0 then task.yield() end
  h:detach()
  assert(h:join() == i)
  h:detach()
  assert(h:wait() == "done")
end
print(ended) --> 1000
task.spawn(sleep, 3600):detach()
print("main ends") --> main ends
