-- Stress: 10,000 tasks sleep at the same time, 1,000 generations spawn one another, and all of it is counted.
local sum = 0
local tasks = {}
for i = 1, 10000 do
  tasks[i] = task.spawn(function(n)
    sleep(n % 10 / 1000)
    sum = sum + n
  end, i)
end
for i = 1, #tasks do tasks[i]:join() end
print(sum) --> 50005000

local function generation(n)
  if n == 0 then return "the last generation" end
  return task.spawn(generation, n - 1):join()
end
print(generation(1000)) --> the last generation

local ended = 0
for _ = 1, 1000 do
  task.spawn(function() task.yield() ended = ended + 1 end)
  task.yield()
end
repeat task.yield() until ended == 1000
print(#task.list()) --> 1
