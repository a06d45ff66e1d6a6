-- The program ends when everything in every thread has ended: tasks, timers and threads that threads started.
local order = channel.new(0)
thread.spawn(function()
  task.spawn(function()
    order:recv()
    print("a task of a thread whose function has returned")
    order:send(true)
    order:recv()
    thread.spawn(function()
      timer.after(0.002, function() print("a timer of a thread of a thread") end)
    end)
  end)
end)
task.spawn(function()
  order:send(true)
  order:recv()
  order:send(true)
end)
print("main ends")
--> main ends
--> a task of a thread whose function has returned
--> a timer of a thread of a thread
