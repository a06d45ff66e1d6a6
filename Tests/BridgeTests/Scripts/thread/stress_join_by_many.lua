-- Stress: ten tasks and a thread join each of a hundred threads that end by result or by error.
for round = 1, 100 do
  local worker = thread.spawn({on_error = function() end}, function(n)
    if n % 2 == 0 then error({round = n}) end
    return n
  end, round)
  local function check(handle, n)
    local ok, result = pcall(handle.join, handle)
    return (ok and result == n) or (not ok and result.value.round == n)
  end
  local joiners = {}
  for i = 1, 10 do joiners[i] = task.spawn(check, worker, round) end
  joiners[11] = thread.spawn(check, worker, round)
  for i = 1, #joiners do assert(joiners[i]:join(), "a joiner got something else") end
end
print("all the same") --> all the same
