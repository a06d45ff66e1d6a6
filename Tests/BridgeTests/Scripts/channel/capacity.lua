-- The capacity is 1024 unless it is said; 0 is a rendezvous and math.huge is unbounded.
print(channel.new():capacity() == 1024, channel.new(nil):capacity() == 1024) --> true	true
print(channel.new(1):capacity() == 1, channel.new(3.0):capacity() == 3, channel.new(0):capacity() == 0) --> true	true	true
print(channel.new(math.huge):capacity() == math.huge) --> true
print(channel.new(7, {}):capacity() == 7, channel.new(7, { overflow = "wait" }):capacity() == 7) --> true	true
print(channel.new(nil, { overflow = "drop_oldest" }):capacity() == 1024) --> true

-- 1024 fit, the next one waits.
local ch = channel.new()
local sent = 0
while ch:send(sent, 0) do sent = sent + 1 end
print(sent, #ch) --> 1024	1024

-- Another thread sees the same.
print(thread.spawn(function(c) return c:capacity() == 1024, #c, c:recv() end, ch):join()) --> true	1024	0
print(#ch) --> 1023

-- A capacity that is none is refused.
for _, capacity in ipairs { -1, 0.5, 0 / 0, -math.huge, "many", {}, true } do print((pcall(channel.new, capacity))) end
--> false
--> false
--> false
--> false
--> false
--> false
--> false
