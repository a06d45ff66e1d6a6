-- An event tells what it was entered with; it is no table, and nobody can change it.
local function f() end
local s = sched.new(function() return 10 end, function() end)
local e = s:enter(5, 3, f, "a", nil, "c", nil)
print(e.time, e.priority, e.fn == f, e.nothing) --> 15	3	true	nil
print(e.args.n, table.unpack(e.args, 1, e.args.n)) --> 4	a	nil	c	nil
local n = s:enterabs(5, 2.0, f)
print(n.time, n.priority, n.args.n, #n.args) --> 5	2.0	0	0
print(e, n) --> event: at 15, priority 3	event: at 5, priority 2.0
print(pcall(function() e.time = 1 end)) --> false	event_fields.lua:10: attempt to index a event value (upvalue 'e')
print(s:enter(0, math.mininteger, f).priority == math.mininteger) --> true
print(e == s:queue()[3], e ~= n, s:cancel(e), s:cancel(e)) --> true	true	true	false

-- One scheduler does not cancel another's.
local other = sched.new(function() return 0 end, function() end)
print(other:cancel(n), s:cancel(n)) --> false	true
for _, bad in ipairs {io.stdout, channel.new(), "event", getmetatable(e)} do print((pcall(s.cancel, s, bad))) end
--> false
--> false
--> false
--> false
