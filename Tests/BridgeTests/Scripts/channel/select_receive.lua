--! args: --simulate 1d
-- select receives from the one channel that has something, and returns its index and the value.
local a, b, c = channel.new(), channel.new(), channel.new()
b:send("from b")
print(channel.select({ a, b, c })) --> 2	from b
c:send(false)
print(channel.select({ a, b, c })) --> 3	false
a:send({ "table" })
local i, v = channel.select({ a, b, c }, 0)
print(i, v[1]) --> 1	table
print(channel.select({ a, b, c }, 0)) --> nil	timeout
print(channel.select({ a, b, c }, 0.001)) --> nil	timeout

-- It waits until one of them has.
task.spawn(function() c:send("later") end)
print(channel.select({ a, b, c })) --> 3	later
thread.spawn(function(ch) sleep(0.001) ch:send("from a thread") end, b)
print(channel.select({ a, b, c })) --> 2	from a thread

-- The list of cases can be used again; one case is enough.
local cases = { a, b }
for n = 1, 3 do
  cases[n % 2 + 1]:send(n)
  print(channel.select(cases, 1e6))
end
--> 2	1
--> 1	2
--> 2	3
b:send("alone")
print(channel.select({ b })) --> 1	alone
