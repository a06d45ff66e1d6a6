-- Stress: a channel is closed while two threads send; what was accepted is received, every other send raised.
local jobs, answers = channel.new(), channel.new()
local function sender()
  for ch in jobs do
    local accepted = 0
    while true do
      local ok, e = pcall(ch.send, ch, accepted)
      if not ok then
        answers:send({ accepted, e.kind })
        break
      end
      accepted = accepted + 1
    end
  end
end
local senders = { thread.spawn(sender), thread.spawn(sender) }

local right = 0
for i = 1, 1000 do
  local ch = channel.new(i % 5)
  jobs:send(ch)
  jobs:send(ch)
  local received = 0
  for _ = 1, i % 7 do
    ch:recv()
    received = received + 1
  end
  ch:close()
  for _ in ch do received = received + 1 end
  local a, b = answers:recv(), answers:recv()
  if a[1] + b[1] == received and a[2] == "closed" and b[2] == "closed" then right = right + 1 end
end
jobs:close()
for _, s in ipairs(senders) do s:join() end
print(right) --> 1000
