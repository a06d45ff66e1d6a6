-- The default bound in bytes is 64M, also for a channel of capacity math.huge.
local ch = channel.new(math.huge)
local part = ("x"):rep(8 * 1024 * 1024)
local sent = 0
while sent < 20 and ch:send(part, 0) do sent = sent + 1 end
print(sent == 7 or sent == 8) --> true
print(#ch:recv() == #part, ch:send(part, 0)) --> true	true
print(ch:send(part, 0)) --> nil	timeout
