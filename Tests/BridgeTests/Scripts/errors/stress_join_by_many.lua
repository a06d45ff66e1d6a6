-- Stress: a thousand threads, each joined by three tasks and another thread at once; every joiner gets the answer.
local requests, answers = channel.new(), channel.new()
local helper = thread.spawn(function()
  for h in requests do
    local ok, v = pcall(h.join, h)
    answers:send(ok and v or v.message)
  end
end)

local right = 0
for i = 1, 1000 do
  local fail = i % 2 == 0
  local h = thread.spawn({ on_error = fail and function() end or nil }, function()
    if fail then error("odd " .. i, 0) end
    return "even " .. i
  end)
  requests:send(h)
  local expected = (fail and "odd " or "even ") .. i
  local joiners = {}
  for j = 1, 3 do
    joiners[j] = task.spawn(function()
      local ok, v = pcall(h.join, h)
      return ok and v or v.message
    end)
  end
  for j = 1, 3 do
    if joiners[j]:join() == expected then right = right + 1 end
  end
  if answers:recv() == expected then right = right + 1 end
end
requests:close()
helper:join()
print(right) --> 4000
