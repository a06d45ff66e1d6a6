--! args: --simulate 1d
-- Nothing has to be joined for its work to be finished: the program ends when all of it is done.
local function last() print("the task that the thread's message woke") end

local ch = channel.new()
task.spawn(function()
  ch:recv()
  last()
end)
timer.after(0.001, function()
  print("the timer that the main chunk left behind")
  thread.spawn(function() sleep(0.001) ch:send("go") end)
end)
print("the main chunk")

--> the main chunk
--> the timer that the main chunk left behind
--> the task that the thread's message woke
