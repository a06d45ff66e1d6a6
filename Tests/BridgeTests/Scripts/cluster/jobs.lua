-- A job gives what a function of a script gives, or raises its error with the name of the machine.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local worker = servers.worker(server.url)
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
print((tostring(c):gsub("%d+$", "PORT"))) --> cluster: q at nats://127.0.0.1:PORT

local n, x, text, none, t = c:spawn("work.lua", "give", 2^53 | 1, 0.5, "a\0\xff", nil, {1, 2, {deep = true}, k = -0.0}):join()
print(n, x, #text, none, t[3].deep, t.k, math.type(n)) --> 9007199254740993	0.5	3	nil	true	-0.0	integer
print(select("#", c:spawn("work.lua", "nothing"):join())) --> 0

local h = c:spawn({name = "greeting"}, "work.lua", "give", "hello")
print(h.name, h:wait(), h:status(), h:join()) --> greeting	done	done	hello
print(h:join()) --> hello

-- Errors.
local machine = process.run("hostname").stdout:match("%S+")
local h = c:spawn({retries = 0}, "work.lua", "boom", "bang")
local ok, e = pcall(h.join, h)
print(ok, e.kind, e.message, e.origin == "boom@" .. machine) --> false	error	work.lua:5: bang	true
print(e.traceback:find("work.lua:5: in function 'boom'", 1, true) ~= nil) --> true
print(e.traceback:find("spawned at jobs.lua:%d+") ~= nil) --> true
print(select(2, pcall(h.join, h)).message) --> work.lua:5: bang
local ok, e = pcall(function() return c:spawn({retries = 0}, "work.lua", "object"):join() end)
print(e.value.code) --> 7
local ok, e = pcall(function() return c:spawn({retries = 0}, "work.lua", "leave", 3):join() end)
print(e.kind, e.code) --> exit	3
local ok, e = pcall(function() return c:spawn({retries = 0}, "work.lua", "no_such"):join() end)
print(e.message) --> work.lua has no global function 'no_such'
local ok, e = pcall(function() return c:spawn({retries = 0}, "work.lua", "function_result"):join() end)
print(e.message) --> cannot send value: results[1] is a function
local ok, e = pcall(function() return c:spawn({retries = 0}, "work.lua", "large", 2^20):join() end)
print(e.kind, e.message:match("and the server takes .*")) --> limit	and the server takes 1048576
local ok, e = pcall(function() return c:spawn({retries = 0, timeout = 0.1}, "work.lua", "rest", 1000):join() end)
print(e.kind) --> timeout

-- A wait that ends before the job.
local h = c:spawn("work.lua", "rest", 1000)
print(h:wait(0.1)) --> nil	timeout
print(select(2, pcall(h.join, h, 0.1)).kind) --> timeout
servers.until_true(function() return h:status() == "running" end)
h:cancel()
print(h:wait(), h:status()) --> cancelled	cancelled
-- Its worker has ended it.
local function all_idle()
  servers.until_true(function()
    local busy = 0
    for _, w in ipairs(c:workers(0.1)) do busy = busy + w.running end
    return busy == 0
  end)
  servers.until_true(function() local waiting, running = c:queued() return waiting + running == 0 end)
end
all_idle()

-- Also one that is cancelled before its task has had a turn, and one whose submission is cancelled.
for _ = 1, 5 do c:spawn("work.lua", "rest", 1000):cancel() end
for i = 1, 10 do
  local h
  local t = task.spawn(function() h = c:spawn("work.lua", "rest", 1000) end)
  local start = timer.now()
  repeat task.yield() until timer.now() - start > 0.0001 * i
  t:cancel()
  t:wait()
  if h then h:cancel() end
end
all_idle()

-- Handles go where those of processes go.
local a, b = c:spawn("work.lua", "give", 1), c:spawn("work.lua", "rest", 1000)
print(channel.select {a, b}) --> 1	done
b:cancel()
do
  local g <close> = task.group()
  local h = c:spawn({group = g}, "work.lua", "give", "in a group")
  g:join()
  print(h:join()) --> in a group
end
local ok, e = pcall(function()
  local g <close> = task.group()
  local rests = c:spawn({group = g}, "work.lua", "rest", 1000)
  c:spawn({group = g, retries = 0}, "work.lua", "boom", "all end")
  g:join()
end)
print(e.message) --> work.lua:5: all end
print(select(2, pcall(task.timeout, 0.2, function() return c:spawn("work.lua", "rest", 1000):join() end)).kind) --> timeout
for _, h in ipairs(task.list()) do if h.name == "rest" then h:cancel() end end

-- One job for one identity, also when it has ended.
local name = servers.file()
local first = c:spawn({id = "once"}, "work.lua", "note", name, "a")
local second = c:spawn({id = "once"}, "work.lua", "note", name, "b")
print(first:join(), second:join()) --> a	a
print(c:spawn({id = "once"}, "work.lua", "note", name, "c"):join(), #servers.lines(name)) --> a	1

-- Lists.
local list = {}
for i = 1, 12 do list[i] = i end
local results = c:map("work.lua", "double", list)
print(#results, results[1], results[12]) --> 12	2	24
print(#c:map("work.lua", "double", {})) --> 0
print(select(2, pcall(c.map, c, {retries = 0}, "work.lua", "third", {1, 2, 3, 4})).message) --> item 3: work.lua:12: no threes

-- Later.
local start = timer.now()
print(c:spawn({delay = 0.5}, "work.lua", "give", "later"):join(), timer.now() - start >= 0.5) --> later	true

-- A handle that was let go: the job is done although its sender has gone.
local name = servers.file()
local code = string.format([[
  local c = require "cluster".open{url = %q, queue = "q", scripts = "lib/jobs"}
  c:spawn({delay = 0.3}, "work.lua", "note", %q, "done"):detach()]], server.url, name)
print(process.run(arg[-1], "-e", code).code) --> 0
servers.until_true(function() return servers.lines(name)[1] == "done" end)

-- Whoever works there.
local workers = c:workers()
print(#workers, workers[1].machine == machine, workers[1].places, workers[1].kind, workers[1].done > 30)
--> 1	true	2	process	true
worker:kill("TERM")
worker:wait()
print(#c:workers()) --> 0
