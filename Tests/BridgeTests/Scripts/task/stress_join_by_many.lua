-- Stress: a thousand tasks join one task, again and again, while it ends by result or by error.
for round = 1, 10 do
  local go = channel.new()
  local worker = task.spawn(function()
    go:recv()
    if round % 2 == 0 then error("failed", 0) end
    return round
  end)
  local joiners, fine, failed = {}, 0, 0
  for i = 1, 1000 do
    joiners[i] = task.spawn(function()
      local ok, result = pcall(worker.join, worker, i % 3 == 0 and 3600 or nil)
      if ok and result == round then fine = fine + 1 end
      if not ok and result.message == "failed" then failed = failed + 1 end
    end)
  end
  task.yield()
  go:send(true)
  for i = 1, #joiners do joiners[i]:join() end
  assert(fine + failed == 1000 and (fine == 1000 or failed == 1000), "a joiner got something else")
end
print("all the same") --> all the same
