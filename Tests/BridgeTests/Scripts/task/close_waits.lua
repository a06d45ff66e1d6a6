--! args: --simulate 1d
-- Leaving the block of a task's <close> variable waits for it.
do
  local h <close> = task.spawn(function()
    sleep(0.005)
    print("work")
  end)
  print("block ends") --> block ends
end
--> work
print("after the block") --> after the block

local function returns()
  local h <close> = task.spawn(function() sleep(0.001) print("more work") end)
  return "result"
end
print(returns()) --> more work
--> result

for i = 1, 2 do
  local h <close> = task.spawn(function() sleep(0.001) print("loop " .. i) end)
end
--> loop 1
--> loop 2
do local finished <close> = task.spawn(function() end) finished:join() end
print("done") --> done

-- What the script has cancelled itself is no failure.
do
  local h <close> = task.spawn(function() sleep(1000) end)
  h:cancel()
end
do
  local h <close> = thread.spawn(function() while true do end end)
  h:cancel()
end
print("cancelled") --> cancelled
