-- Events get their arguments as given: nils, many, tables themselves.
local now = 0
local s = sched.new(function() return now end, function(d) now = now + d end)
local function show(...) print(select("#", ...), ...) end
s:enter(1, 1, show)
s:enter(2, 1, show, nil)
s:enter(3, 1, show, nil, 2, nil)
s:enter(4, 1, show, table.unpack({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
local object = {}
s:enter(5, 1, function(o) print(o == object) end, object)
s:run()
--> 0
--> 1	nil
--> 3	nil	2	nil
--> 12	1	2	3	4	5	6	7	8	9	10	11	12
--> true
sched.enter(0, 1, show, nil, "x", nil)
sched.run() --> 3	nil	x	nil
sched.enter(0, 1, show, nil, "on the loop", nil)
--> 3	nil	on the loop	nil
