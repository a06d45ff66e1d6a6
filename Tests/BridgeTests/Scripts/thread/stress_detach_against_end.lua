-- Stress: a thousand threads are detached while they end; whoever joins still gets the result, and the program ends.
local right = 0
for i = 1, 1000 do
  local h = thread.spawn(function() return i end)
  if i % 2 == 0 then task.yield() end
  h:detach()
  if i % 4 ~= 0 or h:join() == i then right = right + 1 end
end
print(right) --> 1000
