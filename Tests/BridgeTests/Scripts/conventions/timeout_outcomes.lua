-- A wait that outlasts its timeout returns nil and "timeout"; only join raises, and the work goes on.
local ch, full = channel.new(), channel.new(1)
full:send(1)
print(ch:recv(0.001)) --> nil	timeout
print(full:send(2, 0.001)) --> nil	timeout
print(channel.select({ ch, { full, 2 } }, 0.001)) --> nil	timeout
print(#full, full:recv(), #full) --> 1	1	0

local h = thread.spawn({ name = "dum" }, function() return thread.inbox:recv() end)
print(h:wait(0.001)) --> nil	timeout
local ok, e = pcall(h.join, h, 0.001)
print(ok, type(e), e.kind) --> false	table	timeout
ok, e = pcall(h.join, h, 0)
print(ok, e.kind) --> false	timeout

-- The thread is still there and still works.
print(h:send("hello")) --> true
print(h:join()) --> hello
print(h:wait()) --> done
