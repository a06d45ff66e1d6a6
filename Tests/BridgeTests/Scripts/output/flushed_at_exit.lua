-- Everything that was written arrives, in order, however it was buffered and whichever thread wrote it last.
io.stdout:setvbuf("full", 65536)
io.write("main, ")
thread.spawn(function() io.write("thread, ") end):join()
task.spawn(function() io.write("task, ") end):join()
timer.after(0.002, function()
  thread.spawn(function() io.write("the last thread") end)
end)
io.write("main ends, ")
--> main, thread, task, main ends, the last thread
