-- Tasks switch only at blocking calls, so plain variables need no locks.
local counter = 0
local function add()
  for _ = 1, 10000 do
    local seen = counter
    local text = tostring(seen)
    pcall(function() coroutine.wrap(function() coroutine.yield(text) end)() end)
    counter = seen + 1
  end
end
local workers = {}
for i = 1, 10 do workers[i] = task.spawn(add) end
for _, worker in ipairs(workers) do worker:join() end
print(counter) --> 100000
