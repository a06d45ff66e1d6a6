-- A channel is also bounded in bytes: what would go over the bound waits, whatever the capacity.
local ch = channel.new(1000, { bytes = 1000000 })
local part = ("x"):rep(400000)
print(ch:send(part, 0), ch:send(part, 0)) --> true	true
print(ch:send(part, 0)) --> nil	timeout
print(#ch) --> 2
print(#ch:recv(), ch:send(part, 0), ch:send(part, 0)) --> 400000	true	nil	timeout

-- A sender that waits for bytes goes on when there is room.
local t = task.spawn(function() return ch:send(part) end)
task.yield()
print(t:status(), #ch:recv(), t:join(), #ch) --> waiting	400000	true	2

-- A single larger message passes when the queue is empty, and then nothing else does.
local big = channel.new(1000, { bytes = "1M" })
local large = ("y"):rep(3000000)
print(big:send("small", 0), big:send(large, 0)) --> true	nil	timeout
print(big:recv(), big:send(large, 0), big:send(large, 0)) --> small	true	nil	timeout
print(#big:recv(), big:send("small", 0)) --> 3000000	true

-- An unbounded channel can be bounded in bytes, and tables count as what they hold.
local queue = channel.new(math.huge, { bytes = "100K" })
local sent = 0
while sent < 1000 and queue:send({ ("z"):rep(10000) }, 0) do sent = sent + 1 end
print(sent >= 5 and sent <= 10) --> true
