-- A spawned task starts at its spawner's next switch, not at once, and tasks start in the order of their spawning.
for i = 1, 3 do
  task.spawn(function(n) print("task " .. n) end, i)
end
print("spawned") --> spawned
local sum = 0
for i = 1, 100000 do sum = sum + i end
print("still main") --> still main
task.yield()
--> task 1
--> task 2
--> task 3
print("main again") --> main again
