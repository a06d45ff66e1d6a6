--! real: workers are other programs, with their own clock
-- A slow job runs once: its worker is heard of meanwhile, although a script keeps it busy.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local w1, w2 = servers.worker(server.url, {lease = 1}), servers.worker(server.url, {lease = 1})
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local name = servers.file()
print(c:spawn("work.lua", "note", name, "once", 4):join(), #servers.lines(name)) --> once	1
w1:kill "TERM"
w1:wait()

-- A worker that was not heard of for longer than the lease, and gets its own job once more, knows that it has it in hand.
local h = c:spawn("work.lua", "note", name, "still once", 4)
servers.until_true(function() return #servers.lines(name) == 2 end)
os.execute("kill -STOP " .. w2.pid)
sleep(2.5)
os.execute("kill -CONT " .. w2.pid)
print(h:join(), #servers.lines(name)) --> still once	2
