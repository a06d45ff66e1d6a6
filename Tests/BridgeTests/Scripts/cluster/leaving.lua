--! real: servers and workers are other programs, with their own clock
-- Ctrl-C: what runs is finished, what waits goes to others, and what takes longer than the grace is handed back.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local name = servers.file()
local function begun(n) servers.until_true(function() return #servers.lines(name) == n end) end

local worker = servers.worker(server.url)
local handles = {}
for i = 1, 4 do handles[i] = c:spawn("work.lua", "note", name, i, 1) end
begun(2)
worker:kill("INT")
print(worker:wait().code) --> 130
print(handles[1]:join(), handles[2]:join(), #servers.lines(name)) --> 1	2	2
print(handles[3]:status(), c:queued()) --> pending	2	0
worker = servers.worker(server.url)
print(handles[3]:join(), handles[4]:join(), #servers.lines(name)) --> 3	4	4
worker:kill("TERM")
print(worker:wait().code) --> 143

-- The grace is over, or a second Ctrl-C comes: that is no failure of the job.
worker = servers.worker(server.url, {grace = 0.1})
local h = c:spawn({retries = 0}, "work.lua", "note", name, 5, 3)
begun(5)
worker:kill("INT")
worker:wait()
worker = servers.worker(server.url)
print(h:join(), #servers.lines(name)) --> 5	6
local h = c:spawn({retries = 0}, "work.lua", "note", name, 6, 3)
begun(7)
worker:kill("INT")
sleep(0.3) -- within 0.1 s it would be the same Ctrl-C
worker:kill("INT")
worker:wait()
worker = servers.worker(server.url)
print(h:join(), #servers.lines(name)) --> 6	8
