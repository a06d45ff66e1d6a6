-- A send on a full channel waits until there is room; what waits is neither lost nor sent twice.
local ch = channel.new(2)
local log = {}
local t = task.spawn(function()
  for i = 1, 4 do
    ch:send(i)
    log[#log + 1] = "sent " .. i
  end
end)
task.yield()
print(#log, #ch, t:status()) --> 2	2	waiting
print(ch:send("poll", 0)) --> nil	timeout
print(ch:send("wait", 0.001)) --> nil	timeout
print(ch:recv()) --> 1
task.yield()
print(table.concat(log, ", ")) --> sent 1, sent 2, sent 3
print(ch:recv(), ch:recv(), ch:recv()) --> 2	3	4
t:join()
print(table.concat(log, ", "), ch:recv(0)) --> sent 1, sent 2, sent 3, sent 4	nil	timeout
