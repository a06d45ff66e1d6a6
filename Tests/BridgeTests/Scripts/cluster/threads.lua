-- Jobs in threads of the worker.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local worker = servers.worker(server.url, {kind = "thread"})
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
print(c:spawn("work.lua", "give", 1, "two"):join()) --> 1	two
local ok, e = pcall(function() return c:spawn({retries = 0}, "work.lua", "boom", "bang"):join() end)
print(e.message) --> work.lua:5: bang
print(select(2, pcall(function() return c:spawn({retries = 0}, "work.lua", "function_result"):join() end)).message)
--> cannot send value: results[1] is a function
print(select(2, pcall(function() return c:spawn({retries = 0, timeout = 0.1}, "work.lua", "rest", 1000):join() end)).kind)
--> timeout
print(c:workers()[1].kind) --> thread
worker:kill("INT")
print(worker:wait().code) --> 130
