-- Stress: a channel is closed while another thread begins to receive; the receiver gets what was sent, then "closed".
local jobs, answers = channel.new(), channel.new()
local partner = thread.spawn(function()
  for ch in jobs do
    local n = 0
    local v, why = ch:recv()
    while v do
      n = n + 1
      v, why = ch:recv()
    end
    answers:send({ n, why })
  end
end)

local right = 0
for i = 1, 1000 do
  local ch = channel.new(i % 3)
  local sent = i % 4
  jobs:send(ch)
  for k = 1, sent do ch:send(k) end
  ch:close()
  local answer = answers:recv()
  if answer[1] == sent and answer[2] == "closed" then right = right + 1 end
end
jobs:close()
partner:join()
print(right) --> 1000
