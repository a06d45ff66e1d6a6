--! module
-- NATS servers and workers for tests, on ports that are free, with folders that go with them.
local luaconc = arg[-1]
local servers = {}
local workers, files = {}, {}

local function folder()
  local name = os.tmpname()
  os.remove(name)
  assert(os.execute("mkdir -m 700 " .. name))
  return name
end

-- Repeats it until it is true.
function servers.until_true(f, ...)
  local start = timer.now()
  while true do
    local value = f(...)
    if value then return value end
    if timer.now() - start > 60 then error("waited in vain for a minute", 2) end
    sleep(0.02)
  end
end

local Server = {}
Server.__index = Server

-- Starts it, again on the same port and with what it has stored.
function Server:run()
  os.execute("rm -f " .. self.folder .. "/*.ports")
  local words = {"nats-server", "-js", "-p", self.port or "-1", "-sd", self.folder, "-l",
    self.folder .. "/log", "--ports_file_dir", self.folder}
  if self.more[1] ~= "-a" then table.move({"-a", "127.0.0.1"}, 1, 2, #words + 1, words) end
  table.move(self.more, 1, #self.more, #words + 1, words)
  self.process = process.popen(words)
  self.url = servers.until_true(function()
    local list = process.run("sh", "-c", "cat " .. self.folder .. "/*.ports 2>/dev/null").stdout
    return list:match('"nats": *%[%s*"([^"]+)"')
  end)
  self.port = self.url:match("(%d+)$")
  return self
end

function Server:kill()
  self.process:kill("KILL")
  self.process:wait()
end

function Server:__close()
  for _, worker in ipairs(workers) do worker:kill("KILL") end
  if self.process then self:kill() end
  for _, name in ipairs(files) do os.remove(name) end
  os.execute("rm -rf " .. self.folder)
end

--- Starts a server; more options of nats-server may follow.
function servers.start(...) return setmetatable({folder = folder(), more = {...}}, Server):run() end

--- Three servers that keep what they store together, and the URL of all; on another address than the loopback's.
function servers.three(address)
  address = address or "127.0.0.1"
  local socket = require "socket"
  local routes, kept = {}, {}
  for number = 1, 3 do
    kept[number] = assert(socket.bind(address, 0))
    routes[number] = "nats://" .. address .. ":" .. select(2, kept[number]:getsockname())
  end
  for _, route in ipairs(kept) do route:close() end
  local all, urls = {}, {}
  for number = 1, 3 do
    all[number] = servers.start("-a", address, "--name", "s" .. number, "--cluster_name", "three", "--cluster", routes[number],
      "--routes", table.concat(routes, ","))
    urls[number] = all[number].url
  end
  return all, table.concat(urls, ",")
end

--- Starts a worker, which serves the jobs of lib/jobs.
function servers.worker(url, options)
  options = options or {}
  local code = string.format(
    "require 'cluster'.serve{url = %q, queue = 'q', scripts = 'lib/jobs', workers = %d, lease = %g, kind = %q, grace = %g, replicas = %d}",
    url, options.workers or 2, options.lease or 2, options.kind or "process", options.grace or 10, options.replicas or 1)
  workers[#workers + 1] = process.popen{luaconc, "-e", code}
  return workers[#workers]
end

--- Starts a program that passes on what comes to a port of its own, and returns it with the URL of that. SIGUSR1 cuts all
--- connections.
function servers.proxy(port)
  local proxy = process.popen{luaconc, "proxy.lua", port}
  workers[#workers + 1] = proxy
  return proxy, "nats://127.0.0.1:" .. proxy:read()
end

--- The lines of a file that jobs write.
function servers.lines(name)
  local lines, file = {}, io.open(name)
  if file then
    for line in file:lines() do lines[#lines + 1] = line end
    file:close()
  end
  return lines
end

--- The name of an empty file that goes with the first server.
function servers.file()
  files[#files + 1] = os.tmpname()
  return files[#files]
end

servers.folder = folder
return servers
