-- Stress: a join that a deadline ends, at whatever moment, is in no ring afterwards.
local wrong, ended = 0, 0
for i = 1, 5000 do
  local a, b
  b = task.spawn(function()
    task.inbox:recv()
    local ok, e = pcall(a.join, a)
    if not ok then wrong = wrong + 1 end
  end)
  a = task.spawn(function()
    local ok, e = pcall(task.timeout, i % 50 * 2e-7, b.join, b)
    if not ok and e.kind == "timeout" then ended = ended + 1 end
    b:send(true)
    sleep(0)
    sleep(0)
  end)
  b:join()
  a:join()
end
print(wrong, ended) --> 0	5000
