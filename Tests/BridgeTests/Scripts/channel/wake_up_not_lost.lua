-- A message, a closing or a room made before the wait begins is not lost, nor one while the state is busy.
local ch, ready = channel.new(), channel.new()
local busy = thread.spawn(function()
  ready:send(true)
  local x = 0
  for i = 1, 300000 do x = x + i end
  return ch:recv(), (ch:recv())
end)
ready:recv()
ch:send("while busy")
ch:close()
print(busy:join()) --> while busy	nil

-- Several messages that come at once wake several receivers, not just one.
local out = channel.new()
local receivers = {}
for i = 1, 4 do receivers[i] = thread.spawn(function() return out:recv() end) end
for i = 1, 4 do repeat sleep(0.0005) until receivers[i]:status() == "waiting" end
thread.spawn(function() for i = 1, 4 do out:send(i) end end):join()
local sum = 0
for i = 1, 4 do sum = sum + receivers[i]:join() end
print(sum, #out) --> 10	0
