-- Many senders, many receivers: each message is received once, and each sender's messages arrive in its order.
local ch = channel.new(8)
local senders, receivers = {}, {}
for s = 1, 3 do
  senders[s] = thread.spawn(function()
    for i = 1, 1000 do ch:send({ s = s, i = i }) end
  end)
end
senders[4] = task.spawn(function()
  for i = 1, 1000 do ch:send({ s = 4, i = i }) end
end)
local function receive()
  local last, n, sum, disorder = { 0, 0, 0, 0 }, 0, 0, 0
  for m in ch do
    if m.i <= last[m.s] then disorder = disorder + 1 end
    last[m.s] = m.i
    n, sum = n + 1, sum + m.i
  end
  return n, sum, disorder
end
for r = 1, 3 do receivers[r] = thread.spawn(receive) end
receivers[4] = task.spawn(receive)
for _, s in ipairs(senders) do s:join() end
ch:close()
local n, sum, disorder = 0, 0, 0
for _, r in ipairs(receivers) do
  local a, b, c = r:join()
  n, sum, disorder = n + a, sum + b, disorder + c
end
print(n, sum, disorder) --> 4000	2002000	0
