-- Handles compare equal when they are the same object, wherever they have been.
local ch, other = channel.new(), channel.new()
print(ch == ch, ch == other, ch ~= other) --> true	false	true

local a = thread.spawn(function() return thread.current() end)
local b = task.spawn(function() return task.current() end)
print(a:join() == a, b:join() == b, a == b, a == ch) --> true	true	false	false

local t = timer.after(1000, print)
local echo = thread.spawn(function(...) return ... end, ch, a, b, t)
local ch2, a2, b2, t2 = echo:join()
print(ch2 == ch, a2 == a, b2 == b, t2 == t) --> true	true	true	true
print(ch2 == other, a2 == b, b2 == a, t2 == ch) --> false	false	false	false
t:cancel()

-- Both ends of the inbox are one channel.
local h = thread.spawn(function() return thread.inbox end)
print(h:join() == h.inbox, h.inbox == a.inbox) --> true	false

-- What two threads hold of one channel is the same channel to each of them.
local pair = thread.spawn(function(x, y, z) return x == y, x == z end, ch, ch, other)
print(pair:join()) --> true	false
