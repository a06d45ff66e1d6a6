-- An event that the script does not keep is only its function in the queue, until the script asks for its events.
local now, out = 0, {}
local s = sched.new(function() return now end, function(seconds) now = now + seconds end)
local function note(name) return function() out[#out + 1] = name .. now end end

s:enter(3, 2.5, note "c")
local kept = s:enter(1, 1, note "a")
s:enter(2, 1, note "b")
s:enterabs(2, 0, note "first ")
s:enter(4, 1, function(...) out[#out + 1] = select("#", ...) end, 1, nil)
s:enter(5, math.maxinteger, note "last ")

local queue = s:queue()
for _, event in ipairs(queue) do print(event.time, event.priority, type(event.fn), event.args.n, event) end
--> 1	1	function	0	event: at 1, priority 1
--> 2	0	function	0	event: at 2, priority 0
--> 2	1	function	0	event: at 2, priority 1
--> 3	2.5	function	0	event: at 3, priority 2.5
--> 4	1	function	2	event: at 4, priority 1
--> 5	9223372036854775807	function	0	event: at 5, priority 9223372036854775807
print(queue[1] == kept, rawequal(queue[2], s:queue()[2])) --> true	true

-- What was listed can be cancelled.
print(s:cancel(queue[3]), s:cancel(queue[3]), #s:queue()) --> true	false	5
s:run()
print(table.concat(out, " ")) --> a1 first 2 c3 2 last 5
print(s:cancel(queue[2]), s:cancel(queue[4]), s:empty()) --> false	false	true

-- Many of them, some of which are listed and dropped.
out, now = {}, 0
for i = 1, 1000 do s:enter(i * 7919 % 1000, 1, note "") end
queue = s:queue()
for i = 1, 1000, 2 do s:cancel(queue[i]) end
collectgarbage()
s:run()
print(#out, out[1], out[500]) --> 500	1	999

-- On the event loop.
local done = channel.new()
sched.enter(0, 1, function() done:send("run") end)
print(done:recv()) --> run
