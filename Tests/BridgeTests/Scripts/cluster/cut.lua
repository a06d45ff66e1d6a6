-- A worker whose connection is cut and comes back gets one job for each place, and no other's.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local proxy, url = servers.proxy(server.port)
servers.worker(url, {workers = 1, kind = "thread"})
servers.worker(server.url, {workers = 1, kind = "thread"})
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local function both_are_there() return #c:workers(0.5) == 2 end
servers.until_true(both_are_there)
for round = 1, 4 do
  proxy:kill("USR1")
  servers.until_true(both_are_there)
  local name = servers.file()
  local function meet() return c:spawn({retries = 0}, "work.lua", "meet", name, 2) end
  local one, two = meet(), meet()
  assert(one:join() and two:join())
end
print "all have met" --> all have met
