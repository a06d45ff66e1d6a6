-- Copies are independent: a later change on either side is not seen by the other.
local ch = channel.new()
local t = { x = 1, inner = { y = 1 } }
ch:send(t)
t.x, t.inner.y, t.new = 2, 2, 2
local copy = ch:recv()
print(copy.x, copy.inner.y, copy.new, copy == t) --> 1	1	nil	false
copy.inner.y = 3
print(t.inner.y) --> 2

-- An argument is copied when spawn is called, not when the thread gets round to it.
local h = thread.spawn(function(u)
  thread.inbox:recv()
  u.x = u.x + 100
  return u.x, u.inner.y
end, t)
t.x, t.inner.y = 5, 5
h:send("go")
print(h:join()) --> 102	2
print(t.x, t.inner.y) --> 5	5

-- A result is a copy, and each message is a copy of its own.
ch:send(t)
ch:send(t)
local a, b = ch:recv(), ch:recv()
a.x = 6
print(a == b, b.x) --> false	5

-- What the thread goes on changing after it has sent does not show.
local out = channel.new(0)
thread.spawn(function(ch)
  local u = { n = 0 }
  for i = 1, 3 do
    u.n = i
    ch:send(u)
    u.n = -1
  end
end, out)
print(out:recv().n, out:recv().n, out:recv().n) --> 1	2	3
