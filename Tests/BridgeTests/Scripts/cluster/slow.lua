-- A slow job runs once: its worker is heard of meanwhile, although a script keeps it busy.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local w1, w2 = servers.worker(server.url, {lease = 1}), servers.worker(server.url, {lease = 1})
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local name = os.tmpname()
print(c:spawn("work.lua", "note", name, "once", 4):join(), #servers.lines(name)) --> once	1
