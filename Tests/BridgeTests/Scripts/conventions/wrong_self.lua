-- A method called on the wrong thing is an error, not a crash.
local ch = channel.new()
local h = task.spawn(function() return "fine" end)
local t = timer.after(1000, print)

local function refused(fn, ...) return not pcall(fn, ...) end

print(refused(ch.send), refused(ch.send, 5, 1), refused(ch.send, {}, 1), refused(ch.send, h, 1)) --> true	true	true	true
print(refused(ch.recv, h), refused(ch.close, io.stdout), refused(ch.capacity, t)) --> true	true	true
print(refused(h.join), refused(h.join, ch), refused(h.wait, "h"), refused(h.status, t)) --> true	true	true	true
print(refused(t.cancel), refused(t.cancel, h), refused(t.active, ch)) --> true	true	true

print(#ch, h:join(), t:cancel()) --> 0	fine	true
