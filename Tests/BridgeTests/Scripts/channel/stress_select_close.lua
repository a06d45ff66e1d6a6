-- Stress: a select on two channels races a close of one against a send to the other; one is seen, none is lost.
local jobs, answers = channel.new(), channel.new()
local partner = thread.spawn(function()
  for pair in jobs do
    local i, v, why = channel.select(pair)
    answers:send({ i = i, v = v, why = why })
  end
end)

local right, closed, received = 0, 0, 0
for n = 1, 1000 do
  local a, b = channel.new(), channel.new()
  jobs:send({ a, b })
  if n % 2 == 0 then
    a:close()
    b:send(n)
  else
    b:send(n)
    a:close()
  end
  local answer = answers:recv()
  if answer.i == 1 and answer.v == nil and answer.why == "closed" and b:recv(0) == n then
    right, closed = right + 1, closed + 1
  elseif answer.i == 2 and answer.v == n and answer.why == nil and #b == 0 then
    right, received = right + 1, received + 1
  end
end
jobs:close()
partner:join()
print(right, closed + received) --> 1000	1000
