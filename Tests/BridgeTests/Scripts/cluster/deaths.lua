--! real: workers are killed now and then
-- Nothing is lost when workers are killed and the server is: each job is done.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local c <close> = cluster.open{url = server.url, queue = "q", scripts = "lib/jobs"}
local workers, ends = {}, false
local killer = task.spawn(function()
  for number = 1, 2 do workers[number] = servers.worker(server.url, {kind = "thread"}) end
  local kills = 0
  while not ends do
    sleep(0.5)
    kills = kills + 1
    local number = kills % 2 + 1
    workers[number]:kill("KILL")
    workers[number]:wait()
    if kills == 3 then
      server:kill()
      server:run()
    end
    workers[number] = servers.worker(server.url, {kind = "thread"})
  end
  return kills
end)
local count, name = 300, servers.file()
local list = {}
for i = 1, count do list[i] = i end
local handles = {}
for i = 1, count do handles[i] = c:spawn({retries = 20}, "work.lua", "note", name, i, 0.01) end
local wrong = 0
for i, h in ipairs(handles) do if h:join() ~= i then wrong = wrong + 1 end end
ends = true
local kills = killer:join()
local seen = {}
for _, line in ipairs(servers.lines(name)) do seen[line] = true end
local lost = 0
for i = 1, count do if not seen[tostring(i)] then lost = lost + 1 end end
print(wrong, lost) --> 0	0
print(kills >= 3) --> true
-- The last ends are told before they are acknowledged.
servers.until_true(function() local waiting, running = c:queued() return waiting + running == 0 end)
