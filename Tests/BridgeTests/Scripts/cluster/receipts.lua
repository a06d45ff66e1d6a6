-- The end of a job is stored for whoever may still ask for it, and only then.
package.path = "lib/?.lua;" .. package.path
local cluster, servers, socket = require "cluster", require "servers", require "socket"
local server <close> = servers.start()
servers.worker(server.url, {kind = "thread"})
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}

local wire = assert(socket.connect("127.0.0.1", server.port))
wire:settimeout(60)
wire:receive()
wire:send 'CONNECT {"verbose":false}\r\nSUB answer 1\r\nSUB luaconc.q.jobs 2\r\n'
-- The next message of that subscription.
local come = {{}, {}, {}, {}}
local function message(number)
  while #come[number] == 0 do
    local line = assert(wire:receive())
    local found, size = line:match "^MSG %S+ (%d+) [%S ]-(%d+)$"
    if found then table.insert(come[tonumber(found)], (wire:receive(size + 2))) end
    if line == "PING" then wire:send "PONG\r\n" end
  end
  return (table.remove(come[number], 1):gsub("\r\n$", ""))
end
-- How many ends are stored.
local function stored()
  wire:send "PUB $JS.API.STREAM.INFO.KV_luaconc_q answer 0\r\n\r\n"
  return tonumber(message(1):match '"messages":(%d+)')
end
local function all_done()
  servers.until_true(function()
    local waiting, running = c:queued()
    return waiting + running == 0
  end)
end

-- Whoever has a result says so, and nothing is stored.
for i = 1, 20 do assert(c:spawn("work.lua", "give", i):join() == i) end
all_done()
print(stored()) --> 0
print(c:spawn({id = "named"}, "work.lua", "give", "for others, too"):join()) --> for others, too
all_done()
print(stored()) --> 1
local inbox = message(2):match "_INBOX%.%w+%.ends"

-- Nobody has the end of a job whose submitter does not wait for it.
c:spawn({detach = true}, "work.lua", "nothing")
all_done()
print(stored()) --> 2

-- A submitter that is stopped meanwhile finds it, and then it goes.
local name = servers.file()
local code = ([[
  local c = require "cluster".open{url = %q, queue = "q", scripts = "lib/jobs"}
  print(c:spawn("work.lua", "note", %q, "late", 0.3):join())
  io.read()]]):format(server.url, name)
local submitter = process.popen {arg[-1], "-e", code}
servers.until_true(function() return servers.lines(name)[1] end)
submitter:kill "STOP"
all_done()
print(stored()) --> 3
submitter:kill "CONT"
print(submitter:lines()()) --> late
servers.until_true(function() return stored() == 2 end)
submitter:close_stdin()
print(submitter:wait().code) --> 0

-- One that was killed does not keep its worker waiting.
submitter = process.popen {arg[-1], "-e", code}
servers.until_true(function() return servers.lines(name)[2] end)
submitter:kill "KILL"
all_done()
print(stored()) --> 3

-- A message can have a submitter answer to inboxes only.
local h = c:spawn("work.lua", "rest", 1000)
local key = "no such job"
local function text(s) return "\5" .. string.pack("<s4", s) end
local done = "\1\7\2\0\0\0" .. text "state" .. text "done" .. text "key" .. text(key)
wire:send("SUB luaconc.q.control 3\r\nSUB _INBOX.test 4\r\n")
for _, reply in ipairs {"luaconc.q.control", "_INBOX.test"} do
  wire:send(("PUB %s %s %d\r\n%s\r\n"):format(inbox, reply, #done, done))
end
print(#message(4)) --> 0
wire:send "PUB luaconc.q.control 4\r\nmine\r\n"
print(message(3)) --> mine
h:cancel()
print(h:wait()) --> cancelled
