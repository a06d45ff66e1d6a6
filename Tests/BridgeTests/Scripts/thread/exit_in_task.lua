-- A task that ends its thread has ended, too: its own handle says so to other threads.
local handles = channel.new()
local t = thread.spawn(function()
  local h = task.spawn(function()
    handles:send(task.current())
    task.yield()
    thread.exit("from a task")
  end)
  h:wait()
  print("never printed")
end)
local h = handles:recv()
print(t:join()) --> from a task
print(h:wait(), t:status()) --> cancelled	done

-- The same for a timer's callback.
local t = thread.spawn(function()
  timer.after(0, function() thread.exit("from a timer") end)
  sleep(1000)
end)
print(t:join()) --> from a timer
