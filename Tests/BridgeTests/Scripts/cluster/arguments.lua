-- What is wrong with a call is said, with its name.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local function try(...) print((select(2, pcall(...)):gsub("^.-:%d+: ", ""):gsub("127.0.0.1:%d+", "HOST"))) end
try(cluster.open, 5) --> bad argument #1 to 'open' (table expected, got number)
try(cluster.open, {url = "nats://h"}) --> bad argument #1 to 'open' (option 'queue' is missing)
try(cluster.open, {url = "nats://h", queue = "q", quue = 1})
--> bad argument #1 to 'open' (unknown option 'quue' (known options: ca, capacity, creds, insecure, password, queue, replicas, scripts, url, user))
try(cluster.open, {url = "nats://h", queue = 5}) --> bad argument #1 to 'open' (option 'queue': string expected, got 5)
try(cluster.open, {url = "nats://h", queue = "q", replicas = 9})
--> bad argument #1 to 'open' (option 'replicas': integer from 1 to 5 expected, got 9)
local function message(...) print((select(2, pcall(...)).message:gsub("127.0.0.1:%d+", "HOST"))) end
message(cluster.open, {url = "http://h", queue = "q"}) --> cluster: bad url 'http://h': nats:// or tls:// expected
message(cluster.open, {url = "nats://h:99999", queue = "q"})
--> cluster: bad url 'nats://h:99999': a port is a number from 1 to 65535
message(cluster.open, {url = "nats://user@h", queue = "q"}) --> cluster: bad url 'nats://user@h': user:password@ expected
message(cluster.open, {url = "nats://h", queue = "a b"})
--> cluster: a queue has 1 to 64 letters, digits, '-' and '_' as its name, got 'a b'
message(cluster.open, {url = "nats://h", queue = "q", user = "u"}) --> cluster: the option user needs the option password
message(cluster.open, {url = "nats://127.0.0.1:1", queue = "q"})
--> cluster: cannot connect to nats://HOST: Connection refused
try(cluster.serve, {url = "nats://h", queue = "q"}) --> bad argument #1 to 'serve' (option 'scripts' is missing)
try(cluster.serve, {url = "nats://h", queue = "q", scripts = ".", kind = "task"})
--> bad argument #1 to 'serve' (option 'kind': 'process' or 'thread' expected, got string)

local server <close> = servers.start()
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
try(c.spawn, c) --> bad argument #1 to 'spawn' (script name expected, got nil)
try(c.spawn, c, "work.lua", 5) --> bad argument #2 to 'spawn' (function name expected, got number)
try(c.spawn, c, {retires = 1}, "work.lua", "give")
--> bad argument #1 to 'spawn' (unknown option 'retires' (known options: backoff, delay, detach, group, id, name, retries, timeout))
try(c.spawn, c, {delay = 0/0}, "work.lua", "give")
--> bad argument #1 to 'spawn' (option 'delay': number of seconds, at most a year's, expected, got nan)
try(c.spawn, c, {delay = 1e300}, "work.lua", "give")
--> bad argument #1 to 'spawn' (option 'delay': number of seconds, at most a year's, expected, got 1e+300)
try(c.spawn, {}, "work.lua", "give") --> calling 'spawn' on a bad self (cluster expected, got table)
try(c.map, c, "work.lua", "give", 5) --> bad argument #3 to 'map' (table expected, got number)
try(c.workers, c, "x") --> bad argument #1 to 'workers' (number of seconds, at most a year's, expected, got string)
try(c.retry, c) --> bad argument #1 to 'retry' (string expected, got nil)
message(c.spawn, c, "work.lua", "give", {f = print}) --> cannot send value: args[1].f is a function
local ring = {}
ring[1] = ring
message(c.spawn, c, "work.lua", "give", "x", ring)
--> cannot send value: args[2] is nested too deeply, or contains itself
message(c.spawn, c, "work.lua", "give", {1, {co = coroutine.create(print)}})
--> cannot send value: args[1].2.co is a coroutine
local ok, e = pcall(c.spawn, c, "work.lua", "give", ("x"):rep(2^20))
print(e.kind, e.message:match("and the server takes .*")) --> limit	and the server takes 1048576
message(c.spawn, c, "../arguments.lua", "give")
--> cluster: a script is named by its path in the folder of scripts, without '..', got '../arguments.lua'
message(c.spawn, c, {id = "\xff"}, "work.lua", "give") --> cluster: the 'id' of a job has to be UTF-8
message(c.spawn, c, {name = ("x"):rep(2000)}, "work.lua", "give") --> cluster: the name of a job has 1024 bytes at most
message(c.spawn, c, "none.lua", "give") --> cluster: lib/jobs/none.lua: No such file or directory
c:close()
message(c.spawn, c, "work.lua", "give") --> cluster: cannot submit the job 'give': the connection is closed

-- A queue that is full refuses.
local small <close> = cluster.open{url = server.url, queue = "small", capacity = 2, scripts = "lib/jobs"}
for _ = 1, 2 do small:spawn("work.lua", "give"):detach() end
local ok, e = pcall(small.spawn, small, "work.lua", "give")
print(e.kind, e.message) --> limit	cluster: cannot submit the job 'give': the queue is full
print(small:queued()) --> 2	0
