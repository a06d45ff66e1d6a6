-- A program that serves two queues lets the jobs of both finish when it is asked to end.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local code = string.format([[
  for _, queue in ipairs{"one", "two"} do
    task.spawn(require "cluster".serve, {url = %q, queue = queue, scripts = "lib/jobs", workers = 1})
  end]], server.url)
local worker = process.popen{arg[-1], "-e", code}
local c <close> = cluster.open{url = server.url, queue = "two", scripts = "lib/jobs"}
local name = servers.file()
local h = c:spawn({retries = 0}, "work.lua", "note", name, "begun", 1)
servers.until_true(function() return #servers.lines(name) == 1 end)
worker:kill("TERM")
print(h:join(), worker:wait().code) --> begun	143
