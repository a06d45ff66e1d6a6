--! args: --simulate 1d
-- Leaving the block of a thread's <close> variable waits for it.
do
  local h <close> = thread.spawn(function()
    sleep(0.005)
    print("work")
  end)
  print("block ends") --> block ends
end
--> work
print("after the block") --> after the block
local function returns()
  local a <close> = thread.spawn(function() sleep(0.002) end)
  local b <close> = thread.spawn(function() return 1 end)
  return a, b
end
local a, b = returns()
print(a:status(), b:status(), b:join()) --> done	done	1
-- Other tasks run meanwhile.
local go = channel.new()
task.spawn(function() go:send("sent while the block ends") end)
do local h <close> = thread.spawn(function() print(go:recv()) end) end --> sent while the block ends
