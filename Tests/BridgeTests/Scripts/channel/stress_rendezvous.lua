-- Stress: three senders and three receivers meet at a channel of capacity 0; every value is handed over once.
local ch = channel.new(0)
local senders, receivers = {}, {}
for s = 1, 3 do
  senders[s] = thread.spawn(function()
    for i = 1, 1000 do ch:send(s * 10000 + i) end
  end)
end
for r = 1, 3 do
  receivers[r] = thread.spawn(function()
    local n, sum, last, disorder = 0, 0, {}, 0
    for v in ch do
      local s, i = v // 10000, v % 10000
      if i <= (last[s] or 0) then disorder = disorder + 1 end
      last[s] = i
      n, sum = n + 1, sum + v
    end
    return n, sum, disorder
  end)
end
for _, s in ipairs(senders) do s:join() end
ch:close()
local n, sum, disorder = 0, 0, 0
for _, r in ipairs(receivers) do
  local a, b, c = r:join()
  n, sum, disorder = n + a, sum + b, disorder + c
end
print(n, sum, disorder) --> 3000	61501500	0
