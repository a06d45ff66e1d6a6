-- Whatever stands in a queue, a worker refuses what is no job, keeps it as a dead letter, and goes on.
package.path = "lib/?.lua;" .. package.path
local cluster, servers, socket = require "cluster", require "servers", require "socket"
local server <close> = servers.start()
local worker = servers.worker(server.url, {kind = "thread"})
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
print(c:spawn("work.lua", "give", "good"):join()) --> good

local wire = assert(socket.connect("127.0.0.1", server.port))
wire:receive()
wire:send 'CONNECT {"verbose":false}\r\n'
local function publish(subject, data) wire:send(("PUB %s %d\r\n%s\r\n"):format(subject, #data, data)) end
local function queue(data) publish("luaconc.q.jobs", data) end

-- Bytes of a job: a table with those fields.
local function text(s) return "\5" .. string.pack("<s4", s) end
local function job(fields)
  local names, parts = 0, {}
  for name, value in pairs(fields) do
    names = names + 1
    parts[#parts + 1] = text(name) .. value
  end
  return "\1\7" .. string.pack("<I4", names) .. table.concat(parts)
end
local function good(changes)
  local fields = {id = text("id" .. math.random(1 << 30)), script = text "work.lua", sum = text "0", ["function"] = text "give",
    args = "\6" .. string.pack("<I4", 0), retries = "\3" .. string.pack("<i8", 0)}
  for name, value in pairs(changes or {}) do fields[name] = value end
  return job(fields)
end

-- The hash is wrong, the script is elsewhere, what should be text is none, numbers are out of all bounds.
local bad = {
  "", "\0", "\1", "\1\7", "{}", ("x"):rep(100000), job{}, good(), good{script = text "../../servers.lua"},
  good{script = text "/etc/passwd"}, good{script = text "work.lua\0"}, good{script = "\2"}, good{["function"] = "\0"},
  good{args = "\0"}, good{args = "\6\255\255\255\255"}, good{args = ("\6\1\0\0\0"):rep(50000)},
  good{args = "\7\1\0\0\0\4" .. string.pack("<d", 0/0) .. "\0"}, good{id = "\3" .. string.pack("<i8", 1)},
  good{timeout = "\4" .. string.pack("<d", -1)}, good{timeout = "\4" .. string.pack("<d", math.huge)},
  good{backoff = "\4" .. string.pack("<d", 1e300)}, good{backoff = "\4" .. string.pack("<d", 0/0)},
  good{reply = text "luaconc.q.jobs"}, good{reply = text "$JS.API.STREAM.DELETE.luaconc_jobs_q"}, good{reply = text "_INBOX. x"},
  good{name = text("n"):rep(2)}, good{sum = text(("f"):rep(64))},
}
for _, data in ipairs(bad) do queue(data) end
-- Good jobs with bytes changed.
math.randomseed(20, 26)
for _ = 1, 300 do
  local data = good{args = "\6\2\0\0\0" .. text "one" .. "\7\1\0\0\0" .. text "k" .. "\2"}
  local at = math.random(#data)
  local kind = math.random(3)
  if kind == 1 then data = data:sub(1, at) end
  if kind == 2 then data = data:sub(1, at - 1) .. string.char(math.random(0, 255)) .. data:sub(at + 1) end
  if kind == 3 then data = data:sub(1, at) .. string.char(math.random(0, 255)) .. data:sub(at) end
  queue(data)
end
-- What workers and submitters hear besides.
print(#c:workers()) --> 1
for _, subject in ipairs {"luaconc.q.control", "$SRV.STATS", "$SRV.PING.luaconc_q", "luaconc.q.workers"} do
  for _, data in ipairs {"", "\0", ("k"):rep(1000)} do publish(subject, data) end
end
local function beat(id, lease, data)
  publish("luaconc.q.workers", ('{"id":%s,"endpoints":[{"num_requests":-1,"data":{"lease":%s,%s}}]}'):format(id, lease, data))
end
beat('5', 0, '"pid":1')
beat('"' .. ("x"):rep(5000) .. '"', 1000, '"pid":1')
for _, lease in ipairs {"-1", "1e999", "9223372036854775807", "99999999999999999999", "null", '"x"'} do
  beat('"odd"', lease, '"pid":1e300,"machine":7,"kind":[],"places":"many","running":null')
end
beat('"odd"', 1000, '"ended":true')
beat('"none"', 1000, '"ended":true')
for number = 1, 11000 do beat('"' .. number .. '"', 200, '"pid":1') end
-- Some of them are tried again in a while, as they say.
servers.until_true(function() return c:queued() == 0 and c:workers(0.1)[1].running == 0 end)
print(c:spawn("work.lua", "give", "still there"):join()) --> still there
servers.until_true(function() return #c:workers() == 1 end)
print(#c:dead() >= 300) --> true
for _, letter in ipairs(c:dead()) do assert(letter.message and letter.id) end
