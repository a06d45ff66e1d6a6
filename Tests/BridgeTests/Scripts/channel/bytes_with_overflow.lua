-- With drop_oldest the oldest messages make room for the bytes too; the newest is always there.
local ch = channel.new(100, { bytes = "1M", overflow = "drop_oldest" })
for i = 1, 10 do ch:send(i .. ":" .. ("x"):rep(300000)) end
print(#ch >= 1 and #ch <= 3) --> true
local last
while #ch > 0 do last = ch:recv() end
print(last:sub(1, 3)) --> 10:
