-- Jobs that fail are tried again, and then kept until somebody asks for them once more.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local worker = servers.worker(server.url)
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local machine = process.run("hostname").stdout:match("%S+")

-- The third attempt is the last one.
local name = servers.file()
local h = c:spawn({id = "job 1", retries = 2, backoff = 0.05}, "work.lua", "note_and_fail", name)
print(h:wait(), #servers.lines(name)) --> failed	3
local dead = c:dead()
print(#dead, dead[1].id, dead[1].attempts, dead[1].machine == machine, dead[1].kind, dead[1].script, dead[1]["function"])
--> 1	job 1	3	true	error	work.lua	note_and_fail

-- Once more.
print(c:retry("job 1"), #c:dead()) --> true	0
servers.until_true(function() return #servers.lines(name) == 6 and #c:dead() == 1 end)
print(c:retry("job 2")) --> false

-- A job that kills its workers ends in the dead letters, too. A new worker takes the place of each.
local name = servers.file()
worker:kill("TERM")
worker:wait() -- or a server could hand it the job at the last moment
local keeper = task.spawn({daemon = true}, function()
  while true do
    worker = servers.worker(server.url, {kind = "thread"})
    worker:wait()
  end
end)
local h = c:spawn({id = "poison", retries = 1}, "work.lua", "poison", name)
local ok, e = pcall(h.join, h)
print(e.kind, e.message, #servers.lines(name)) --> exit	the last of its workers has died, or was not heard of	2
print(#c:dead(), c:dead()[2].id, c:dead()[2].attempts) --> 2	poison	2
keeper:cancel()
keeper:wait()

-- The script of a worker is another one.
local other = servers.folder()
local file <close> = assert(io.open(other .. "/work.lua", "w"))
file:write "function give() end"
file:close()
local d <close> = cluster.open{url = server.url, queue = "q", scripts = other}
local ok, e = pcall(function() return d:spawn({retries = 0}, "work.lua", "give"):join() end)
print(e.message:match("^cluster: the script 'work.lua' of .* is another one than the sender's: its SHA%-256 is %x+") ~= nil)
--> true
os.execute("rm -rf " .. other)
