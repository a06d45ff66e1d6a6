--! real: schedules of two programs, with their own clock
-- Channels between machines, and schedules that several machines share.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local c <close> = cluster.open{url = server.url, queue = "q"}
local ch = c:channel("words", {capacity = 3})
print(ch, ch:capacity(), #ch, ch:closed()) --> channel: words (open)	3	0	false
for i = 1, 3 do print(ch:send{i}) end
--> true
--> true
--> true
print(ch:send(4, 0.05)) --> nil	timeout
print(#ch, ch:recv()[1], ch:recv(1)[1], #ch) --> 3	1	2	1

-- The other side is another program.
local code = string.format([[
  local ch = require "cluster".open{url = %q, queue = "q"}:channel "words"
  for v in ch do print(v[1]) end
  print(select(2, pcall(ch.send, ch, 1)).message)]], server.url)
local reader = process.popen{arg[-1], "-e", code}
for i = 4, 50 do ch:send{i} end
ch:close()
local lines = {}
for line in reader:lines() do lines[#lines + 1] = line end
print(#lines, lines[1], lines[48]) --> 49	3	50
print(lines[49]) --> channel is closed
print(ch, ch:recv()) --> channel: words (closed)	nil	closed
print(select(2, pcall(ch.send, ch, 1)).kind) --> closed

-- A wait that ends, one that is cancelled, and one that closing ends: nothing is lost.
local ch = c:channel "more"
print(ch:recv(0)) --> nil	timeout
print(ch:recv(0.05)) --> nil	timeout
local waiter = task.spawn(function() return ch:recv() end)
sleep(0.1)
waiter:cancel()
print(waiter:wait()) --> cancelled
ch:send("kept")
print(ch:recv()) --> kept
local waiter = task.spawn(function() return ch:recv() end)
sleep(0.1)
ch:close()
print(waiter:join()) --> nil	closed
print(select(2, pcall(ch.send, ch, nil))) --> bad argument #1 to 'send' (value expected, got nil)
print(select(2, pcall(c.channel, c, "x", {capacity = 0})))
--> bad argument #2 to 'channel' (option 'capacity': integer of 1 or more, or math.huge, expected, got 0)

-- Two that open a channel at a time have the same one.
local tasks = {task.spawn(c.channel, c, "both"), task.spawn(c.channel, c, "both")}
local one, other = tasks[1]:join(), tasks[2]:join()
one:send(1)
one:send(2)
print(one:recv(20), other:recv(20)) --> 1	2

-- Two programs say the same: each second is for one of them.
local name = servers.file()
local code = string.format([[
  local c = require "cluster".open{url = %q, queue = "q"}
  local event = sched.cron("* * * * * *", {cluster = c, name = "each second"}, function(name)
    local file <close> = io.open(name, "a")
    file:write(os.time(), "\n")
  end, %q)
  local seconds = event.time
  task.spawn(function()
    while event.count < 4 do sleep(0.01) end
    sched.cancel(event)
  end)]], server.url, name)
local a, b = process.popen{arg[-1], "-e", code}, process.popen{arg[-1], "-e", code}
print(a:wait().code, b:wait().code) --> 0	0
local seen, twice = {}, 0
for _, line in ipairs(servers.lines(name)) do
  if seen[line] then twice = twice + 1 end
  seen[line] = true
end
print(#servers.lines(name) >= 4, #servers.lines(name) <= 5, twice) --> true	true	0
print(select(2, pcall(sched.cron, "* * * * *", {cluster = c}, print)))
--> bad argument #2 to 'cron' (option 'name' is missing, which the machines share)
print(select(2, pcall(sched.cron, "* * * * *", {cluster = 5}, print)))
--> bad argument #2 to 'cron' (option 'cluster': cluster expected)
