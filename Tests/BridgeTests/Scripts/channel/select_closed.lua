-- In select, a closed and drained channel is ready with nil and "closed"; one that is not drained gives its messages.
local open, shut = channel.new(), channel.new()
shut:send("left")
shut:close()
print(channel.select({ open, shut })) --> 2	left
print(channel.select({ open, shut })) --> 2	nil	closed
print(channel.select({ open, shut }, 0)) --> 2	nil	closed
print(channel.select({ shut })) --> 1	nil	closed

-- Closing wakes a select that waits.
local t = task.spawn(function() return channel.select({ open, open }) end)
local h = thread.spawn(function(ch) return channel.select({ ch, channel.new() }) end, open)
repeat sleep(0.0005) until t:status() == "waiting" and h:status() == "waiting"
open:close()
local i, v, why = t:join()
print(i == 1 or i == 2, v, why) --> true	nil	closed
print(h:join()) --> 1	nil	closed
