-- With overflow = "drop_oldest" a send never waits: the oldest message makes room.
local ch = channel.new(3, { overflow = "drop_oldest" })
local sent = 0
for i = 1, 10 do
  if ch:send(i) then sent = sent + 1 end
end
print(sent, #ch) --> 10	3
print(ch:recv(), ch:recv(), ch:recv()) --> 8	9	10
print(ch:recv(0)) --> nil	timeout

-- A receiver that waits gets its message; nothing is dropped while there is room.
local receiver = task.spawn(function() return ch:recv() end)
task.yield()
ch:send("first")
ch:send("second")
print(receiver:join(), ch:recv()) --> first	second

-- Closed, it still hands out what is left, and refuses more.
for i = 1, 5 do ch:send(i) end
ch:close()
local ok, e = pcall(ch.send, ch, 6)
print(ok, e.kind) --> false	closed
print(ch:recv(), ch:recv(), ch:recv()) --> 3	4	5
print(ch:recv()) --> nil	closed

-- A slow thread gets the newest, in order.
local fast = channel.new(1, { overflow = "drop_oldest" })
local h = thread.spawn(function(c)
  local last, ordered = 0, true
  for v in c do ordered, last = ordered and v > last, v end
  return last, ordered
end, fast)
for i = 1, 5000 do fast:send(i) end
fast:close()
print(h:join()) --> 5000	true
