-- Upvalues are copied once, when the function is sent.
local n, list = 1, { "a" }
local h = thread.spawn(function()
  thread.inbox:recv()
  n = n + 10
  list[#list + 1] = "c"
  return n, table.concat(list)
end)
n = 2
list[1] = "b"
h:send("go")
print(h:join()) --> 11	ac
print(n, table.concat(list)) --> 2	b

-- Sent twice, it is copied twice, each with the values of its moment.
local ch = channel.new()
local function get() return n end
ch:send(get)
n = 3
ch:send(get)
n = 4
print(ch:recv()(), ch:recv()(), get()) --> 2	3	4

-- An upvalue that has no value yet travels as nil; one that is set afterwards stays nil there.
local later
local early = thread.spawn(function() thread.inbox:recv() return later end)
later = "set"
early:send("go")
print(early:join(), later) --> nil	set
