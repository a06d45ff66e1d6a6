-- Of the ready cases of a select exactly one takes place.
local function fresh()
  local a, b, c = channel.new(), channel.new(), channel.new(5)
  a:send("a")
  b:send("b")
  return a, b, c
end

local wrong = 0
for _ = 1, 200 do
  local a, b, c = fresh()
  local i, v = channel.select({ a, b, { c, "c" } })
  local left = #a + #b
  if i == 1 and (v ~= "a" or left ~= 1 or #b ~= 1 or #c ~= 0) then wrong = wrong + 1 end
  if i == 2 and (v ~= "b" or left ~= 1 or #a ~= 1 or #c ~= 0) then wrong = wrong + 1 end
  if i == 3 and (left ~= 2 or #c ~= 1) then wrong = wrong + 1 end
  if i ~= 1 and i ~= 2 and i ~= 3 then wrong = wrong + 1 end
end
print(wrong) --> 0

-- After waiting, nothing is left behind: a case that lost neither receives nor sends any more.
local a, b, full = channel.new(), channel.new(), channel.new(1)
full:send("in")
local t = task.spawn(function() return channel.select({ a, b, { full, "ghost" } }) end)
task.yield()
b:send("winner")
print(t:join()) --> 2	winner
a:send("not swallowed")
print(#a, a:recv()) --> 1	not swallowed
print(full:recv(), full:recv(0)) --> in	nil	timeout

-- Nor after a timeout.
full:send("in")
t = task.spawn(function() return channel.select({ a, { full, "ghost" } }, 0.001) end)
print(t:join()) --> nil	timeout
a:send("still here")
print(#a, full:recv(), full:recv(0)) --> 1	in	nil	timeout

-- Both ends of one channel in one select: it does not meet itself at a rendezvous.
local meeting = channel.new(0)
print(channel.select({ meeting, { meeting, "self" } }, 0)) --> nil	timeout
