-- Events run in order of time, then priority (lower first), then insertion.
local function say(word) print(word) end
local at = timer.now() + 0.01
sched.enterabs(at, 2, say, "same time, priority 2, entered first")
sched.enterabs(at, 1, say, "same time, priority 1")
sched.enterabs(at, 2, say, "same time, priority 2, entered second")
sched.enterabs(at, -1.5, say, "same time, priority -1.5")
sched.enterabs(at + 0.01, 0, say, "last, whatever its priority")
sched.enterabs(at - 0.005, 99, say, "first, whatever its priority")
sched.run()
--> first, whatever its priority
--> same time, priority -1.5
--> same time, priority 1
--> same time, priority 2, entered first
--> same time, priority 2, entered second
--> last, whatever its priority
print(sched.empty()) --> true
