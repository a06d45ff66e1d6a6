-- Whoever waits hears that the cluster is closed.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local c = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local h, detached = c:spawn("work.lua", "give"), c:spawn("work.lua", "give")
detached:detach()
local ch = c:channel "x"
local function kind(...)
  local ok, e = pcall(...)
  return not ok and e.kind
end
local joiner, receiver = task.spawn(kind, h.join, h), task.spawn(kind, ch.recv, ch)
servers.until_true(function() return receiver:status() == "waiting" end)
c:close()
print(joiner:join(), receiver:join()) --> closed	closed
print(kind(ch.recv, ch, 1), kind(ch.send, ch, 1), kind(c.workers, c), kind(c.queued, c), kind(c.spawn, c, "work.lua", "give"))
--> closed	closed	closed	closed	closed
