-- task.list has the tasks that are alive in this state, the main chunk's and the caller's own among them.
local function has(h)
  for _, other in ipairs(task.list()) do
    if other == h then return true end
  end
  return false
end
local before = #task.list()
print(has(task.current())) --> true

local go = channel.new()
local tasks = {}
for i = 1, 3 do tasks[i] = task.spawn({name = "t" .. i}, function() go:recv() end) end
print(#task.list() - before, has(tasks[1]), has(tasks[3])) --> 3	true	true
task.yield()
print(#task.list() - before) --> 3
go:send(true)
tasks[1]:join()
print(#task.list() - before, has(tasks[1]), has(tasks[2])) --> 2	false	true
go:close()
tasks[2]:join()
tasks[3]:join()
print(#task.list() - before) --> 0

-- The list is the caller's own.
local list = task.list()
list[1] = nil
print(#task.list()) --> 1
