-- A channel that keeps nothing and drops: whoever waits gets the message, in whichever process; nobody waits, and it is
-- gone.
for _, overflow in ipairs{"drop_oldest", "drop_newest"} do
  local ch, back = channel.new(0, {overflow = overflow}), channel.new()
  print(ch:send("nobody"), #ch)
  local child = process.spawn(function(ch, back)
    for i = 1, 2 do
      repeat local n = ch:recv() until n == i
      back:send(i)
    end
    ch:send("nobody waits")
  end, ch, back)
  for i = 1, 2 do
    local got
    repeat  -- until the child waits what is sent is dropped
      ch:send(i)
      got = back:recv(0.01)
    until got
    print(got)
  end
  child:join()
  print(ch:recv(0))
  local receiver = task.spawn(function() return ch:recv() end)
  task.yield()
  process.spawn(function(ch) ch:send("to the parent") end, ch):join()
  print(receiver:join())
end
--> true	0
--> 1
--> 2
--> nil	timeout
--> to the parent
--> true	0
--> 1
--> 2
--> nil	timeout
--> to the parent
