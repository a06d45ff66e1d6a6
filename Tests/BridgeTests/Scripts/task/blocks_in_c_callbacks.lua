--! args: --simulate 1d
-- Where Lua cannot yield, a blocking call blocks the whole state until it is done, and works: sort, gsub, load, tostring.
local others = 0
task.spawn({daemon = true}, function() while true do others = others + 1 task.yield() end end)

local list = {3, 1, 2}
table.sort(list, function(a, b) sleep(0.001) return a < b end)
print(table.concat(list, " "), others) --> 1 2 3	0
print((("abc"):gsub("%w", function(c) sleep(0.001) return c:upper() end)), others) --> ABC	0
local pieces = {"return ", "'loaded'"}
print(load(function() sleep(0.001) return table.remove(pieces, 1) end)(), others) --> loaded	0

-- What another OS thread does reaches a state that is blocked so.
local ch = channel.new()
local sender = thread.spawn(function() for i = 1, 3 do ch:send(i * 10) end return "sent" end)
table.sort({1, 2}, function(a, b) print(ch:recv(), ch:recv()) return a < b end) --> 10	20
print((("x"):gsub("x", function() return ch:recv() .. " " .. sender:join() end)), others) --> 30 sent	0
print((("x"):gsub("x", function() return tostring(select(2, ch:recv(0.001))) end)), others) --> timeout	0

-- An error inside still gets out, and the state's tasks go on afterwards.
print(pcall(table.sort, {1, 2}, function() sleep(0.001) error("in the comparator", 0) end)) --> false	in the comparator
task.yield()
print(others > 0) --> true
-- Also from a coroutine in a callback.
print((("x"):gsub("x", function() return coroutine.wrap(function() sleep(0.001) coroutine.yield("from inside") end)() end)))
--> from inside
