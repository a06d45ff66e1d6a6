--! args: --simulate 1d
-- Timers fire in the order in which they are due, with their arguments; those due together in the order of their making.
local function say(...) print(...) end
timer.after(0.06, say, "third", nil, 3)
timer.after(0.02, say, "first")
timer.after(0.04, say, "second", 2)
timer.after(0, say, "a", select("#", nil, nil))
timer.after(0, say, "b")
timer.after(0, say, "c")
print("main ends")
--> main ends
--> a	2
--> b
--> c
--> first
--> second	2
--> third	nil	3
