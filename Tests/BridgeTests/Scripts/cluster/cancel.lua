-- A job that is cancelled while it is queued leaves the queue and is not done, even if its handle has just been made.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local name = servers.file()
local h = c:spawn("work.lua", "note", name, "never")
h:cancel()
print(h:wait(), c:queued()) --> cancelled	0	0
local h = c:spawn("work.lua", "note", name, "never")
print(h:wait(0.1)) --> nil	timeout
h:cancel()
print(h:wait(), c:queued()) --> cancelled	0	0
local ok, e = pcall(function()
  local g <close> = task.group()
  c:spawn({group = g}, "work.lua", "note", name, "never")
  error "the group ends"
end)
print(e:match("the group ends"), c:queued()) --> the group ends	0	0
local worker = servers.worker(server.url)
print(c:spawn("work.lua", "note", name, "done"):join(), table.concat(servers.lines(name), " ")) --> done	done

-- A job without a handle is done all the same; who queues it gets its identity.
local id = c:spawn({detach = true}, "work.lua", "note", name, "alone")
servers.until_true(function() return #servers.lines(name) == 2 end)
print(#id, c:spawn({detach = true, id = "mine"}, "work.lua", "give")) --> 22	mine
print(select(2, pcall(c.spawn, c, {detach = true, group = task.group()}, "work.lua", "give")))
--> bad argument #1 to 'spawn' (options 'detach' and 'group' exclude each other)
