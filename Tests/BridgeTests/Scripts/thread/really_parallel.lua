-- Threads run at the same time as their spawner, also while that computes and never waits.
local started, answered = channel.new(), channel.new()
local worker = thread.spawn(function()
  started:send(true)
  while #answered == 0 do end
  return answered:recv(0)
end)
while #started == 0 do end
answered:send("seen while computing")
print(worker:join()) --> seen while computing

-- Two threads that take turns without ever waiting.
local a, b = channel.new(), channel.new()
local function player(mine, other)
  for i = 1, 20 do
    while #mine == 0 do end
    mine:recv(0)
    other:send(i)
  end
  return "played"
end
local first, second = thread.spawn(player, a, b), thread.spawn(player, b, a)
a:send(0)
print(first:join(), second:join()) --> played	played
