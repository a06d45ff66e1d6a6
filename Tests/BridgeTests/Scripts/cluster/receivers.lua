-- A receiver that is cancelled takes no message along, at whatever moment.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local c <close> = cluster.open{url = server.url, queue = "q"}
local ch = c:channel "x"
local got, count, twice = {}, 0, 0
local function note(v)
  if got[v] then twice = twice + 1 else count = count + 1 end
  got[v] = true
end
for i = 1, 300 do
  ch:send(i)
  local h = task.spawn(ch.recv, ch)
  sleep(math.random() * 0.0012)
  h:cancel()
  if h:wait() == "done" then note(h:join()) end
end
-- What was handed back is there at once: nobody waits for a lease of 30 s.
while count < 300 do note(assert(ch:recv(20))) end
print(count, twice, ch:recv(0)) --> 300	0	nil	timeout
print(#ch) --> 0
