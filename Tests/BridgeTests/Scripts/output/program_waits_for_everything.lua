--! args: --simulate 1d
-- The program ends when the last task, thread, timer and event has ended; each starts the next one here.
task.spawn(function()
  sleep(0.001)
  print("task")
  thread.spawn(function()
    print("thread")
    timer.after(0.001, function()
      print("timer of the thread")
      sched.enter(0.001, 1, function()
        print("event of the thread")
        task.spawn(function()
          sleep(0.001)
          print("task of the thread")
          thread.spawn(print, "thread of the thread")
        end)
      end)
    end)
  end)
end)
print("main ends")
--> main ends
--> task
--> thread
--> timer of the thread
--> event of the thread
--> task of the thread
--> thread of the thread
