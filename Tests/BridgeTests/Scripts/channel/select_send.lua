-- A case {ch, value} sends the value when there is room.
local a, b, full = channel.new(), channel.new(2), channel.new(1)
full:send("in")
print((channel.select({ a, { full, "no" }, { b, "yes" } }))) --> 3
print(#a, #full, #b, b:recv()) --> 0	1	1	yes
print(channel.select({ a, { full, "no" } }, 0)) --> nil	timeout
print((channel.select({ { b, false } }, 0)), b:recv()) --> 1	false
print((channel.select({ { b, { x = { 1 } } } })), b:recv().x[1]) --> 1	1

-- It waits for room, or for a receiver.
task.spawn(function() full:recv() end)
print((channel.select({ a, { full, "fits now" } })), full:recv()) --> 2	fits now
local meeting = channel.new(0)
print(channel.select({ { meeting, "nobody" } }, 0)) --> nil	timeout
local r = task.spawn(function() return meeting:recv() end)
print((channel.select({ a, { meeting, "met" } })), r:join()) --> 2	met

-- Two selects, one sending and one receiving, meet at a rendezvous.
local t = thread.spawn(function(ch, other)
  local i, v = channel.select({ other, ch })
  return i, v
end, meeting, a)
print((channel.select({ { meeting, "select to select" } })), t:join()) --> 1	2	select to select
