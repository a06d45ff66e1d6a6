-- Stress: a thousand timers cancel themselves, or each other, in their own callbacks.
local fired = 0
local timers = {}
for i = 1, 1000 do
  timers[i] = timer.every({immediate = true}, 3600, function()
    fired = fired + 1
    assert(timers[i]:cancel())
    assert(not timers[i]:cancel())
    if i % 2 == 0 then task.yield() end
  end)
end
for i = 1, 1000 do timers[i]:join() end
print(fired) --> 1000

-- Of each pair that is due together the first cancels the second.
local ran = 0
for _ = 1, 1000 do
  local second
  local first = timer.after(0, function()
    ran = ran + 1
    assert(second:cancel())
  end)
  second = timer.after(0, function() error("a cancelled timer ran") end)
  first:join()
  assert(second.count == 0)
end
print(ran) --> 1000

-- Made and cancelled at once.
for i = 1, 10000 do assert(timer.after(i, error):cancel()) end
print(collectgarbage() == 0) --> true
