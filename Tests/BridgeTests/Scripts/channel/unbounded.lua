-- A channel of capacity math.huge never makes a sender wait for the number of messages.
local ch = channel.new(math.huge)
local sent = 0
for i = 1, 20000 do
  if ch:send(i, 0) then sent = sent + 1 end
end
print(sent, #ch) --> 20000	20000
ch:close()
local n, sum = 0, 0
for v in ch do n, sum = n + 1, sum + v end
print(n, sum) --> 20000	200010000
