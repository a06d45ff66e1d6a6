--! args: --simulate 1d
-- A message for a task of the same state that waits for it is handed over at once. It is a copy all the same.
local ch = channel.new()
local function receive(count)
  return task.spawn(function()
    local got = {}
    for i = 1, count do got[i] = ch:recv() end
    return table.unpack(got, 1, count)
  end)
end
local h = receive(6)
task.yield()
local sent = {1, {2}, name = "dum"}
for _, v in ipairs{7, 2.5, "text", true, sent, string.format} do
  ch:send(v)
  task.yield()
end
local i, f, s, b, t, fn = h:join()
print(i, f, s, b, fn == string.format) --> 7	2.5	text	true	true
print(t ~= sent, t[2] ~= sent[2], t[1], t[2][1], t.name) --> true	true	1	2	dum
print(math.type(i), math.type(f)) --> integer	float
local long = ("x"):rep(1 << 20)
h = receive(2)
task.yield()
ch:send(long)
ch:send(false)
local l, no = h:join()
print(l == long, no) --> true	false

-- Where it is received makes no difference: a coroutine of the script, a wait with a timeout, a loop.
h = task.spawn(function()
  local generator = coroutine.wrap(function() for _ = 1, 2 do coroutine.yield(ch:recv() * 10) end end)
  local out = {generator(), generator(), ch:recv(1), ch:recv(math.huge)}
  for v in ch do out[#out + 1] = v end
  return table.concat(out, " ")
end)
for v = 1, 6 do
  ch:send(v)
  task.yield()
end
ch:close()
print(h:join()) --> 10 20 3 4 5 6

-- Receivers are served in order, and those whose wait has ended are passed over.
ch = channel.new()
local order = {}
local function waiter(name, timeout)
  return task.spawn(function()
    local v = ch:recv(timeout)
    order[#order + 1] = name .. "=" .. tostring(v)
  end)
end
local tasks = {waiter("a"), waiter("b", 0.001), waiter("c"), waiter("d")}
task.yield()
tasks[3]:cancel()
sleep(0.02)
ch:send(1)
ch:send(2)
tasks[1]:join()
tasks[4]:join()
print(table.concat(order, " ")) --> b=nil a=1 d=2
print(#ch, tasks[3]:wait()) --> 0	cancelled

-- A channel that other states come to know while a task waits there goes on.
h = task.spawn(function() return ch:recv(), ch:recv() end)
task.yield()
local other = thread.spawn(function() ch:send("from a thread") end)
other:join()
ch:send("from here")
print(h:join()) --> from a thread	from here

-- A waiting select takes part in line with the others.
local d = channel.new()
h = task.spawn(function() return channel.select{ch, d} end)
local g = task.spawn(function() return d:recv() end)
task.yield()
d:send("first")
d:send("second")
print(h:join()) --> 2	first
print(g:join()) --> second

-- Full channels and rendezvous between two tasks.
for _, capacity in ipairs{0, 1, 3} do
  local c = channel.new(capacity)
  local sum = task.spawn(function() local s = 0 for v in c do s = s * 2 + v end return s end)
  for v = 1, 10 do c:send(v) end
  c:close()
  print(capacity, sum:join())
end
--> 0	2036
--> 1	2036
--> 3	2036
