-- Tables nested 300,000 deep pass through a channel, or are refused with a clear error.
local n = 300000
local t = {}
for _ = 1, n do t = { inner = { t } } end

local ch = channel.new(1)
local ok, why = pcall(ch.send, ch, t)
t = nil
local count = 0
if ok then
  local u = ch:recv()
  while u.inner do u, count = u.inner[1], count + 1 end
end
print(ok and count == n or not ok and #tostring(why) > 0) --> true
print(#ch, ch:send("goes on"), ch:recv()) --> 0	true	goes on
--! needs speed
