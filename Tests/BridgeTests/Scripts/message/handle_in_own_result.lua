-- Work whose result holds its own handle can be sent, joined and passed on: a handle is a reference, not a copy.
local t = task.spawn({ name = "tis" }, function() return { me = task.current(), n = 1 } end)
local h = thread.spawn({ name = "dum" }, function() return { me = thread.current(), n = 2 } end)
print(t:join().me == t, h:join().me == h) --> true	true

print(thread.spawn(function(x, y)
  return x:join().me == x, x:join().n, y:join().me == y, y:join().n
end, t, h):join()) --> true	1	true	2

-- Two that hold each other.
local a = task.spawn(function() return task.inbox:recv() end)
local b = task.spawn(function() return task.inbox:recv() end)
a:send(b)
b:send(a)
print(a:join() == b, b:join() == a) --> true	true
print(thread.spawn(function(x, y) return x:join() == y, y:join() == x end, a, b):join()) --> true	true
