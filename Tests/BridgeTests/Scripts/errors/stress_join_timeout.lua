-- Stress: a join that times out at the moment when the work ends gives the result or the timeout, nothing else.
local results, timeouts, other = 0, 0, 0
for i = 1, 1000 do
  local h = thread.spawn(function() return i end)
  while true do
    local ok, v = pcall(h.join, h, (i % 10) * 1e-5)
    if ok and v == i then results = results + 1 break end
    if ok or v.kind ~= "timeout" then other = other + 1 break end
    timeouts = timeouts + 1
  end
  if h:join() ~= i or h:wait(0) ~= "done" then other = other + 1 end
end
print(results, other) --> 1000	0
