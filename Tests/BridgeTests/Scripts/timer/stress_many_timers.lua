-- Stress: ten thousand timers of one state, made in disorder, all fire once; so do timers of ten threads.
local fired, sum = 0, 0
for i = 1, 10000 do
  timer.after((i * 7919 % 10000) / 100000, function(n)
    fired = fired + 1
    sum = sum + n
  end, i)
end
local threads = {}
for i = 1, 10 do
  threads[i] = thread.spawn(function()
    local n = 0
    for k = 1, 100 do timer.after(k / 10000, function() n = n + 1 end) end
    timer.after(0.02, function() end):join()
    return n
  end)
end
for i = 1, 10 do sum = sum + threads[i]:join() end
while fired < 10000 do sleep(0.001) end
print(fired, sum) --> 10000	50006000
