-- What threads print comes out in the order in which it was printed, with what the main thread prints.
for i = 1, 3 do
  io.write("main ", i, "\n")
  thread.spawn(function(n)
    io.write("thread ", n, "\n")
    print("print", n, 1.5, nil)
    io.stdout:write("stdout ", n, "\n")
  end, i):join()
end
--> main 1
--> thread 1
--> print	1	1.5	nil
--> stdout 1
--> main 2
--> thread 2
--> print	2	1.5	nil
--> stdout 2
--> main 3
--> thread 3
--> print	3	1.5	nil
--> stdout 3
thread.spawn(function() io.write("no newline at the end") end)
--> no newline at the end
