--! args: --simulate 7d --from 2027-03-27T00:00
-- All that has to do with time follows the virtual clock, and no wait takes real time.
local function now() return os.date("%F %T") end
print(timer.simulated(), timer.now(), now()) --> true	0.0	2027-03-27 00:00:00
sleep(3600)
print(timer.now(), now()) --> 3600.0	2027-03-27 01:00:00
print(os.time() == os.time{year = 2027, month = 3, day = 27, hour = 1}) --> true
print(os.date("*t").day, os.date("!%Y", 0)) --> 27	1970
print(pcall(os.time, "soon")) --> false	bad argument #1 to 'os.time' (table expected, got string)
print(pcall(os.date, {})) --> false	bad argument #1 to 'os.date' (string expected, got table)

-- Code takes no time.
local before = timer.now()
for _ = 1, 1e5 do end
print(timer.now() - before) --> 0.0

local ok, e = pcall(task.timeout, 60, sleep, 120)
print(ok, e.kind, timer.now()) --> false	timeout	3660.0
local ch = channel.new()
print(ch:recv(40)) --> nil	timeout
timer.after(100, ch.send, ch, "in time")
print(ch:recv(200), timer.now()) --> in time	3800.0
print(pcall(ch.recv, ch, -1)) --> true	nil	timeout

local t = timer.every({times = 3}, 86400, function() print("day", now()) end)
sched.enter(7200, 1, function() print("event", now()) end)
t:join()
print(t.count, t.missed)
--> event	2027-03-27 03:03:20
--> day	2027-03-28 01:03:20
--> day	2027-03-29 01:03:20
--> day	2027-03-30 01:03:20
--> 3	0
print(math.floor(timer.now())) --> 263000
