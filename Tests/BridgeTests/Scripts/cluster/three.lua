--! real: servers are killed and started again, which choose their leader by their own clock
-- Each of three servers is killed in turn, the leader among them: nothing is lost.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local all, url = servers.three()
local all_end <close> = setmetatable({}, {__close = function() for _, s in ipairs(all) do getmetatable(s).__close(s) end end})
local c <close> = cluster.open{url = url, queue = "q", scripts = "lib/jobs", replicas = 3}
local w1, w2 = servers.worker(url, {replicas = 3, kind = "thread"}), servers.worker(url, {replicas = 3, kind = "thread"})
local name, handles, ends = servers.file(), {}, false
local sender = task.spawn(function()
  while not ends do
    local number = #handles + 1
    handles[number] = c:spawn({retries = 20}, "work.lua", "note", name, number)
    sleep(0.02)
  end
end)
for _, server in ipairs(all) do
  local before = #handles
  server:kill()
  -- The other two go on.
  servers.until_true(function() return #handles >= before + 20 end)
  server:run()
  sleep(1)
end
ends = true
sender:join()
local wrong = 0
for i, h in ipairs(handles) do if h:join() ~= i then wrong = wrong + 1 end end
local seen, lost = {}, 0
for _, line in ipairs(servers.lines(name)) do seen[tonumber(line)] = true end
for i = 1, #handles do if not seen[i] then lost = lost + 1 end end
print(#handles >= 60, wrong, lost) --> true	0	0
--! needs speed
