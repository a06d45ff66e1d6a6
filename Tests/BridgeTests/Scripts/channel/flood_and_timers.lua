-- A flood of messages does not starve timers, and other tasks get their turn.
local stop, fired = false, 0
local limit = timer.now() + 5 -- only if something is wrong

-- From another thread: the channel always has something.
local ch = channel.new(64)
local flooder = thread.spawn(function(out)
  local n = 0
  while pcall(out.send, out, n) do n = n + 1 end
  return n
end, ch)
timer.after(0.003, function()
  fired = fired + 1
  stop = true
end)
local n = 0
for _ in ch do
  n = n + 1
  if stop or timer.now() > limit then break end
end
ch:close()
print(fired, n > 0, flooder:join() >= n) --> 1	true	true

-- Within one state: two tasks that keep each other busy.
stop = false
local ping, pong = channel.new(), channel.new()
local function player(from, to)
  while not stop and timer.now() < limit do
    to:send(from:recv() + 1)
  end
  to:send(0)
end
local a, b = task.spawn(player, ping, pong), task.spawn(player, pong, ping)
local turns = 0
local onlooker = task.spawn(function()
  while not stop and timer.now() < limit do
    turns = turns + 1
    task.yield()
  end
end)
local function look()
  if turns < 2 then return timer.after(0.003, look) end -- the machine has been busy
  fired = fired + 1
  stop = true
end
timer.after(0.003, look)
ping:send(1)
a:join()
b:join()
onlooker:join()
print(fired, turns > 1) --> 2	true
