-- No network but the ports of TCP that are named. Each line: the attack, what it gets without a sandbox, then what a
-- program and a Lua child get in one.
--! needs landlock
package.path = "../lib/?.lua;" .. package.path
local sandboxes = require "sandboxes"
local here <close> = sandboxes.folder()
local socket = process.popen("python3", "-c", [[
import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
t = socket.create_server(("127.0.0.1", 0))
print(t.getsockname()[1], flush=True); sys.stdin.read()
]], here .. "/socket")
local port = socket:read()
local free = tostring(math.tointeger(port) + 1)

local attacks = {
  {"tcp connect", port}, {"tcp bind", 0}, {"tcp listen"}, {"tcp fast open", port}, {"mptcp", port},
  {"udp connect", port}, {"udp bind", 0}, {"netlink"}, {"unix connect", here .. "/socket"},
  {"unix pair", here .. "/socket"},
}
print("no network")
sandboxes.show(here, {write = {here.path}}, attacks)
--> no network
--> tcp connect: done; EACCES EACCES
--> tcp bind: done; EACCES EACCES
--> tcp listen: done; EACCES EACCES
--> tcp fast open: done; EACCES EACCES
--> mptcp: done; EACCES EACCES
--> udp connect: done; EACCES EACCES
--> udp bind: done; EACCES EACCES
--> netlink: done; EACCES EACCES
--> unix connect: done; EACCES EACCES
--> unix pair: done; EACCES EACCES

print("one port to connect to")
table.insert(attacks, 2, {"tcp connect", free, title = "another port"})
sandboxes.show(here, {net = {connect = {math.tointeger(port)}}, write = {here.path}}, attacks)
--> one port to connect to
--> tcp connect: done; done done
--> another port: done; EACCES EACCES
--> tcp bind: done; EACCES EACCES
--> tcp listen: done; EACCES EACCES
--> tcp fast open: done; EACCES EACCES
--> mptcp: done; EACCES EACCES
--> udp connect: done; EACCES EACCES
--> udp bind: done; EACCES EACCES
--> netlink: done; EACCES EACCES
--> unix connect: done; EACCES EACCES
--> unix pair: done; EACCES EACCES

print("one port to bind")
attacks[3] = {"tcp bind", port}
table.insert(attacks, 4, {"tcp bind", 0, title = "any port"})
sandboxes.show(here, {net = {bind = {math.tointeger(port)}}, write = {here.path}}, attacks)
--> one port to bind
--> tcp connect: done; EACCES EACCES
--> another port: done; EACCES EACCES
--> tcp bind: done; done done
--> any port: done; EACCES EACCES
--> tcp listen: done; done done
--> tcp fast open: done; EACCES EACCES
--> mptcp: done; EACCES EACCES
--> udp connect: done; EACCES EACCES
--> udp bind: done; EACCES EACCES
--> netlink: done; EACCES EACCES
--> unix connect: done; EACCES EACCES
--> unix pair: done; EACCES EACCES
socket:close_stdin()
