--! real: the servers forget which messages they know
-- The same identity is one job, also when the servers have forgotten its first message: here after a tenth of a second.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local wire = require "socket".connect("127.0.0.1", tonumber(server.port))
local stream = [[{"name": "luaconc_jobs_q", "subjects": ["luaconc.q.jobs", "luaconc.q.jobs.*"], "retention": "workqueue",
  "storage": "file", "allow_direct": true, "duplicate_window": 100000000}]]
wire:send(('CONNECT {"verbose":false}\r\nSUB made 1\r\nPUB $JS.API.STREAM.CREATE.luaconc_jobs_q made %d\r\n%s\r\n')
  :format(#stream, stream))
repeat local line = wire:receive() until line:find("MSG made", 1, true)
wire:close()

local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local other <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local name = servers.file()
local first = c:spawn({id = "job"}, "work.lua", "note", name, "a", 0.5)
sleep(0.3)
local second = other:spawn({id = "job"}, "work.lua", "note", name, "b")
print(c:queued()) --> 1	0
servers.worker(server.url)
servers.until_true(function() return #servers.lines(name) == 1 end)
local third = other:spawn({id = "job"}, "work.lua", "note", name, "c")
print(first:join(), second:join(), third:join(), #servers.lines(name)) --> a	a	a	1
