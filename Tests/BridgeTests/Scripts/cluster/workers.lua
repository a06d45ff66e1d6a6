-- Workers are known by their heartbeats: at once, until they end, or have not been heard of for their lease.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
print(#c:workers()) --> 0
-- That nobody hears is known at once.
print(#c:workers(300)) --> 0
local first = servers.worker(server.url, {lease = 3})
local second = servers.worker(server.url, {lease = 300, kind = "thread"})
-- Each says that it has begun.
servers.until_true(function() return #c:workers() == 2 end)
local list = c:workers()
table.sort(list, function(a, b) return a.kind < b.kind end)
for i, w in ipairs(list) do
  print(w.kind, w.pid == ({first, second})[i].pid, w.places, w.running, w.done, w.heard < 60)
end
--> process	true	2	0	0	true
--> thread	true	2	0	0	true

-- One that is killed was heard of a moment ago. It does not answer, and is gone after its lease.
first:kill "KILL"
first:wait()
print(#c:workers(), #c:workers(0.2)) --> 2	1
servers.until_true(function() return #c:workers() == 1 end)
-- One that ends says so.
second:kill "TERM"
second:wait()
servers.until_true(function() return #c:workers() == 0 end)

-- Whoever asks for the first time later finds who is there.
local third = servers.worker(server.url, {lease = 300})
local d <close> = cluster.open{url = server.url, queue = "q"}
servers.until_true(function() return #c:workers() == 1 end)
print(#d:workers(), #d:workers()) --> 1	1

-- The message of a failure is cut in what a worker tells of itself.
local h = c:spawn({retries = 0}, "work.lua", "boom", ("x"):rep(10000))
print(pcall(h.join, h) == false) --> true
servers.until_true(function()
  local worker = c:workers(0.2)[1]
  return worker and worker.failed == 1
end)
