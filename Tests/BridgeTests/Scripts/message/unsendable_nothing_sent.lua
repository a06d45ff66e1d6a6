-- A value that cannot be sent is refused before anything is sent: nothing starts, nothing is queued, nobody is woken.
local ch = channel.new(10)
local co = coroutine.create(print)
local before = #thread.list()

print((pcall(thread.spawn, function(out) out:send("ran") end, ch, co))) --> false
print((pcall(ch.send, ch, { 1, 2, { co } }))) --> false
print(#ch, #thread.list() == before) --> 0	true

local receiver = task.spawn(function() return ch:recv() end)
task.yield()
print((pcall(ch.send, ch, co))) --> false
task.yield()
print(receiver:status(), receiver:wait(0)) --> waiting	nil	timeout
ch:send("sound")
print(receiver:join()) --> sound

-- The same in a select, where the other case is not taken either.
local other = channel.new()
print((pcall(channel.select, { { ch, { co } } }))) --> false
print(#ch, #other, ch:recv(0)) --> 0	0	nil	timeout
