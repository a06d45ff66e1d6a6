-- task.yield lets every other ready task run once before it returns: tasks take turns.
local function worker(name)
  for i = 1, 3 do
    print(name .. i)
    task.yield()
  end
  print(name .. " ends")
end
task.spawn(worker, "a")
task.spawn(worker, "b")
task.spawn(worker, "c"):join()
--> a1
--> b1
--> c1
--> a2
--> b2
--> c2
--> a3
--> b3
--> c3
--> a ends
--> b ends
--> c ends
