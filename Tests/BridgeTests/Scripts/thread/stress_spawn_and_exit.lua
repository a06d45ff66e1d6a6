-- Stress: a thousand threads one after the other, then a hundred at once; each with its own result and thread.exit.
local sum = 0
for i = 1, 1000 do
  sum = sum + thread.spawn(function(n)
    if n % 3 == 0 then thread.exit(n) end
    return n
  end, i):join()
end
print(sum) --> 500500

local threads = {}
for i = 1, 100 do
  threads[i] = thread.spawn(function(n)
    local t = task.spawn(function() task.yield() return n end)
    return t:join() + thread.inbox:recv()
  end, i)
end
for i = 1, 100 do threads[i]:send(i) end
sum = 0
for i = 1, 100 do sum = sum + threads[i]:join() end
print(sum) --> 10100
