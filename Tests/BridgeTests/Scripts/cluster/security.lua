-- Who may connect, and where to.
package.path = "lib/?.lua;" .. package.path
local cluster, servers = require "cluster", require "servers"
local function try(options)
  options.queue = "q"
  local ok, c = pcall(cluster.open, options)
  if ok then
    c:close()
    return print "open"
  end
  print((c.message:gsub(":%d+", ":PORT")))
end

local free <close> = servers.start("-a", "0.0.0.0")
try{url = "nats://127.0.0.1:" .. free.port} --> open
-- This address counts as that of another machine.
local far = "nats://0.0.0.0:" .. free.port
try{url = far}
--> cluster: nats://0.0.0.0:PORT is another machine and lets everybody in without authentication: give it users, or say insecure = true
try{url = far, insecure = true} --> open
try{url = "nats://127.0.0.1:" .. free.port .. "," .. far}
--> cluster: nats://0.0.0.0:PORT is another machine and lets everybody in without authentication: give it users, or say insecure = true

local closed <close> = servers.start("-a", "0.0.0.0", "--user", "joe", "--pass", "secret")
local near = "127.0.0.1:" .. closed.port
try{url = "nats://" .. near} --> cluster: nats://127.0.0.1:PORT wants to know who connects: give user and password, or creds
try{url = near, user = "joe", password = "secret"} --> open
try{url = "nats://joe:secret@" .. near} --> open
try{url = near, user = "joe", password = "wrong"}
--> cluster: cannot connect to nats://127.0.0.1:PORT: Authorization Violation
try{url = near, creds = "/no/such/file"} --> cluster: cannot connect to nats://127.0.0.1:PORT: error opening file '/no/such/file': No such file or directory
try{url = "0.0.0.0:" .. closed.port, user = "joe", password = "secret"}
--> cluster: nats://0.0.0.0:PORT is another machine and does not encrypt: give it TLS, or say insecure = true
try{url = "0.0.0.0:" .. closed.port, user = "joe", password = "secret", insecure = true} --> open

-- A certificate of our own.
local folder = servers.folder()
local made = process.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
  "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", folder .. "/key", "-out", folder .. "/cert")
assert(made.ok, made.stderr)
local secret <close> = servers.start("--tls", "--tlscert", folder .. "/cert", "--tlskey", folder .. "/key")
local url = "tls://127.0.0.1:" .. secret.port
try{url = url, ca = folder .. "/cert"} --> open
local ok, e = pcall(cluster.open, {url = url, queue = "q"})
print(ok, e.message:find("^cluster: cannot connect to tls://127.0.0.1:") ~= nil) --> false	true
os.execute("rm -rf " .. folder)

-- A server without JetStream, and what is no server.
local socket = require "socket"
local plain = assert(socket.bind("127.0.0.1", 0))
local _, port = plain:getsockname()
local function greet(line)
  local answer = task.spawn(function() return pcall(cluster.open, {url = "127.0.0.1:" .. port, queue = "q"}) end)
  sleep(0)
  local client = assert(plain:accept())
  client:send(line .. "\r\n")
  client:close()
  local _, e = answer:join()
  print((e.message:gsub(":%d+", ":PORT")))
end
greet 'INFO {"version":"2.9.10"}' --> cluster: nats://127.0.0.1:PORT has no JetStream: start it with nats-server -js
greet 'INFO {"version":"2.8.4","jetstream":true}' --> cluster: nats://127.0.0.1:PORT is nats-server 2.8.4: 2.9.0 or later is needed
greet 'INFO {"version":' --> cluster: cannot connect to nats://127.0.0.1:PORT: what answers there is no NATS server
greet 'HTTP/1.1 400 Bad Request' --> cluster: cannot connect to nats://127.0.0.1:PORT: what answers there is no NATS server
