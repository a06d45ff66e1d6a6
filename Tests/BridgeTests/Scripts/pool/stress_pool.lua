--! real: pauses that spread the moments
-- Many maps, calls and cancellations at once, in threads: every result is right, and nothing is left.
local pool = thread.pool(3)
local group = task.group()
local calls, cancelled = 0, 0
for i = 1, 60 do
  group:task(function()
    for k = 1, 10 do
      local list = pool:map({chunk = k}, function(x) return x + 1 end, {i, k, 3, 4, 5})
      assert(list[1] == i + 1 and list[2] == k + 1 and list[5] == 6)
      local h = pool:submit(function(x) sleep(0) return x end, k)
      if k % 3 == 0 then h:cancel() end
      if h:wait() == "cancelled" then cancelled = cancelled + 1 else assert(h:join() == k) end
      calls = calls + 1
      for result, index in pool:imap_unordered(function(x) return x end, {1, 2, 3}) do
        assert(result == index)
        if k == index then break end
      end
      pcall(task.timeout, 0.001 * k, pool.map, pool, function() sleep(0.004) end, {1, 2})
    end
  end)
end
group:join()

-- All three workers are still there: each item waits for the others.
local arrived, go_on = channel.new(), channel.new()
task.spawn(function()
  for _ = 1, 3 do arrived:recv() end
  for _ = 1, 3 do go_on:send(true) end
end)
pool:map({chunk = 1}, function(i)
  arrived:send(i)
  go_on:recv()
end, {1, 2, 3})
pool:close()
print(calls, cancelled <= 180, #thread.list(), #task.list()) --> 600	true	0	1
