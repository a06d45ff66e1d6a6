-- Stress: two threads select on the same two channels with opposite cases; each pair meets once, and neither hangs.
local function play(first, second, mine)
  local received = 0
  for i = 1, 1000 do
    local index, v = channel.select({ first, { second, mine + i } })
    if index == 1 then
      assert(v ~= nil)
      received = received + 1
    end
  end
  return received
end

local a, b = channel.new(0), channel.new(0)
local x = thread.spawn(play, a, b, 10000)
local y = thread.spawn(play, b, a, 20000)
print(x:join() + y:join()) --> 1000

-- Three at once on one pair of buffered channels: what is sent is received or still there.
local c, d = channel.new(1), channel.new(1)
local function churn(first, second)
  local sent, received = 0, 0
  for i = 1, 1000 do
    local index = channel.select({ first, second, { first, i }, { second, i } })
    if index <= 2 then received = received + 1 else sent = sent + 1 end
  end
  return sent, received
end
local players = { thread.spawn(churn, c, d), thread.spawn(churn, d, c), task.spawn(churn, c, d) }
local sent, received = 0, 0
for _, p in ipairs(players) do
  local s, r = p:join()
  sent, received = sent + s, received + r
end
print(sent + received, sent - received == #c + #d) --> 3000	true
