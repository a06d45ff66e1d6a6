-- #ch is the number of messages in the channel, whoever asks.
local ch = channel.new(4)
print(#ch) --> 0
ch:send("a")
ch:send("b")
print(#ch, math.type(#ch)) --> 2	integer
print(thread.spawn(function(c)
  c:send("c")
  return #c
end, ch):join(), #ch) --> 3	3
ch:recv()
print(#ch) --> 2
ch:close()
print(#ch) --> 2
ch:recv()
ch:recv()
print(#ch) --> 0

-- What goes straight to a waiting receiver is not in it.
local direct = channel.new()
local r = task.spawn(function() return direct:recv() end)
task.yield()
direct:send("x")
print(r:join(), #direct) --> x	0
