-- Stress: receives with tiny timeouts race the sends; every message is received once, in order.
local n = 2000
local ch = channel.new(4)
local sender = thread.spawn(function()
  for i = 1, n do ch:send(i) end
end)
local expected, wrong, timeouts = 1, 0, 0
while expected <= n do
  local v, why = ch:recv((expected % 3) * 1e-6)
  if v == expected then
    expected = expected + 1
  elseif v == nil and why == "timeout" then
    timeouts = timeouts + 1
  else
    wrong = wrong + 1
    break
  end
end
sender:join()
print(expected, wrong, #ch) --> 2001	0	0

-- And sends with tiny timeouts: one that timed out was not sent, one that did not was.
local accepted = 0
local receiver = thread.spawn(function()
  local last, sum, disorder = 0, 0, 0
  for v in ch do
    if v <= last then disorder = disorder + 1 end
    last, sum = v, sum + 1
  end
  return sum, disorder
end)
for i = 1, n do
  if ch:send(i, (i % 3) * 1e-6) then accepted = accepted + 1 end
end
ch:close()
local sum, disorder = receiver:join()
print(sum == accepted, disorder) --> true	0
