--! args: --simulate 1d
-- The program ends when the main chunk and everything that it started has ended: nothing has to be joined.
task.spawn(function()
  sleep(0.01)
  task.spawn(function()
    sleep(0.01)
    timer.after(0.01, function()
      task.yield()
      print("the last one")
    end)
    print("spawned by a task")
  end)
  print("spawned by main")
end)
print("main ends")
--> main ends
--> spawned by main
--> spawned by a task
--> the last one
