-- With overflow = "drop_newest" a send never waits: the new message is dropped when there is no room.
local ch = channel.new(3, { overflow = "drop_newest" })
for i = 1, 10 do ch:send(i) end
print(#ch) --> 3
print(ch:recv(), ch:recv()) --> 1	2
ch:send("room again")
print(ch:recv(), ch:recv()) --> 3	room again
print(ch:recv(0)) --> nil	timeout

-- A receiver that waits gets its message.
local receiver = task.spawn(function() return ch:recv() end)
task.yield()
ch:send("first")
print(receiver:join(), #ch) --> first	0

for i = 1, 5 do ch:send(i) end
ch:close()
local ok, e = pcall(ch.send, ch, 6)
print(ok, e.kind) --> false	closed
local list = {}
for v in ch do list[#list + 1] = v end
print(table.concat(list, " ")) --> 1 2 3
