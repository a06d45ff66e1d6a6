-- A string of several megabytes travels whole, there and back.
local big = ("0123456789abcdef\0"):rep(500000)
local h = thread.spawn(function(s) return #s, s:byte(-1), s end, big)
local length, last, back = h:join()
print(length, last, back == big) --> 8500000	0	true

local ch = channel.new(2)
thread.spawn(function(out, s)
  for i = 1, 4 do out:send(s .. i) end
  out:close()
end, ch, big)
local same = 0
for s in ch do
  same = same + 1
  if s ~= big .. same then print("differs", same) end
end
print(same) --> 4
