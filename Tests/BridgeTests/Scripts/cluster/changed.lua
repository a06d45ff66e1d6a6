--! real: a script must have been there for two seconds before it is kept in memory
-- A script that is changed counts as it is, whether it is small or large, and however soon it has been changed.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local server <close> = servers.start()
local folder = servers.folder()
local worker = process.popen {arg[-1], "-e", ("require 'cluster'.serve{url = %q, queue = 'q', scripts = %q, kind = 'thread'}"):format(
  server.url, folder)}
local c <close> = cluster.open{url = server.url, queue = "q", scripts = folder}

local function write(answer, size)
  local file <close> = assert(io.open(folder .. "/answer.lua", "w"))
  file:write(("function answer() return %d end"):format(answer), (" "):rep(size))
end
for _, size in ipairs {0, 300000} do
  for answer = 1, 5 do
    write(answer, size)
    assert(c:spawn("answer.lua", "answer"):join() == answer)
  end
  sleep(2.1)
  for _ = 1, 3 do assert(c:spawn("answer.lua", "answer"):join() == 5) end
  write(6, size)
  print(c:spawn("answer.lua", "answer"):join()) --> 6
  --> 6
end
os.remove(folder .. "/answer.lua")
print(select(2, pcall(c.spawn, c, "answer.lua", "answer")).message:match "[^:]*$") -->  No such file or directory
worker:kill "TERM"
os.execute("rm -rf " .. folder)
