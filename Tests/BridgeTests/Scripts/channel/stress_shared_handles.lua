-- Stress: channels are made, sent through others, used and dropped by two threads while both collect garbage.
local requests = channel.new(4)
local server = thread.spawn(function()
  local n = 0
  for request in requests do
    request.reply:send({ request.value, request.reply, request.spare })
    n = n + 1
    if n % 100 == 0 then collectgarbage() end
  end
  return n
end)
local right = 0
for i = 1, 1000 do
  local reply = channel.new(i % 2)
  local spare = channel.new()
  spare:send(i)
  requests:send({ value = i, reply = reply, spare = spare })
  local answer = reply:recv()
  if answer[1] == i and answer[2] == reply and answer[3]:recv(0) == i then right = right + 1 end
  if i % 100 == 0 then collectgarbage() end
end
requests:close()
print(right, server:join()) --> 1000	1000
