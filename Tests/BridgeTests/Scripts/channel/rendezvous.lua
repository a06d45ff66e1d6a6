-- With capacity 0, a send is done when a receiver has taken the value, and not before.
local ch = channel.new(0)
print(ch:send("nobody", 0)) --> nil	timeout
print(ch:send("nobody", 0.001)) --> nil	timeout
print((ch:recv(0)), #ch) --> nil	0
print(select("#", ch:recv(0)), select(2, ch:recv(0))) --> 2	timeout

local log = {}
local sender = task.spawn(function()
  for i = 1, 3 do
    ch:send(i)
    log[#log + 1] = "sent " .. i
  end
end)
task.yield()
print(#log, sender:status()) --> 0	waiting
print(ch:recv(0)) --> 1
task.yield()
print(table.concat(log, ", ")) --> sent 1
print(ch:recv(), ch:recv()) --> 2	3
sender:join()
print(table.concat(log, ", ")) --> sent 1, sent 2, sent 3

-- A waiting receiver makes even a polling send succeed.
local receiver = task.spawn(function() return ch:recv() end)
task.yield()
print(ch:send("met", 0), receiver:join()) --> true	met

-- Between threads: hand over hand, in order.
local there, back = channel.new(0), channel.new(0)
local h = thread.spawn(function(from, to)
  for v in from do to:send(v + 1) end
  to:close()
end, there, back)
local v = 0
for _ = 1, 100 do
  there:send(v)
  v = back:recv()
end
there:close()
h:join()
print(v, back:recv()) --> 100	nil	closed
