-- A closed channel refuses sends, hands out what is in it, and then says "closed"; closing twice is harmless.
local ch = channel.new(5)
ch:send(1)
ch:send({ 2 })
print(ch:closed()) --> false
ch:close()
print(ch:closed(), #ch) --> true	2
ch:close()
ch:close()

for _, timeout in ipairs { false, 0, 0.001 } do
  local ok, e
  if timeout then ok, e = pcall(ch.send, ch, 3, timeout) else ok, e = pcall(ch.send, ch, 3) end
  print(ok, type(e), e.kind)
end
--> false	table	closed
--> false	table	closed
--> false	table	closed

print(ch:recv(), #ch, ch:recv(0)[1], #ch, ch:closed()) --> 1	1	2	0	true
print(ch:recv()) --> nil	closed
print(ch:recv(0)) --> nil	closed
print(ch:recv(0.001)) --> nil	closed
print(ch:recv(-1)) --> nil	closed
ch:close()
print(ch:recv(), ch:capacity() == 5) --> nil	true

-- Closed by another thread, seen by this one.
local other = channel.new()
thread.spawn(function(c)
  c:send("last words")
  c:close()
  c:close()
end, other):join()
print(other:closed(), other:recv()) --> true	last words
print(other:recv()) --> nil	closed
print(thread.spawn(function(c)
  local ok, e = pcall(c.send, c, 1)
  return ok, e.kind, c:closed(), c:recv()
end, other):join()) --> false	closed	true	nil	closed

-- Capacities 0 and math.huge close alike.
for _, capacity in ipairs { 0, math.huge } do
  local c = channel.new(capacity)
  c:close()
  local ok, e = pcall(c.send, c, 1)
  print(ok, e.kind, c:recv())
end
--> false	closed	nil	closed
--> false	closed	nil	closed
