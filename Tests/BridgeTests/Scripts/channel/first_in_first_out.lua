-- Messages are received in the order in which they were sent.
local ch = channel.new(10)
for i = 1, 10 do assert(ch:send(i) == true) end
local list = {}
for i = 1, 10 do list[i] = ch:recv() end
print(table.concat(list, " ")) --> 1 2 3 4 5 6 7 8 9 10

-- With wrap-around, through a channel that is often full and often empty.
local wrong, expected = 0, 1
local producer = thread.spawn(function(out, n)
  for i = 1, n do out:send(i) end
  out:close()
end, ch, 20000)
for v in ch do
  if v ~= expected then wrong = wrong + 1 end
  expected = v + 1
end
producer:join()
print(wrong, expected) --> 0	20001

-- Values of different kinds, sizes and ways keep their order.
local mixed = channel.new()
for i = 1, 20 do
  mixed:send(i)
  mixed:send({ i })
  mixed:send(("x"):rep(i * 1000))
  mixed:send(function() return i end)
end
local right = 0
for i = 1, 20 do
  if mixed:recv() == i and mixed:recv()[1] == i and #mixed:recv() == i * 1000 and mixed:recv()() == i then right = right + 1 end
end
print(right) --> 20
