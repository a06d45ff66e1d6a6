-- What recv returns for a value is the value alone: "closed" and "timeout" as messages are not mistaken for the others.
local ch = channel.new()
ch:send("closed")
ch:send("timeout")
ch:send(false)
print(select("#", ch:recv()), ch:recv(), ch:recv()) --> 1	timeout	false
print(select("#", ch:recv(0)), ch:recv(0)) --> 2	nil	timeout
ch:close()
print(select("#", ch:recv()), ch:recv()) --> 2	nil	closed
