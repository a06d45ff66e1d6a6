-- Sandboxes of somebody who is not the superuser, and what set-user-ID programs are in them.
--! needs landlock
--! needs root
package.path = "../lib/?.lua;" .. package.path
local sandboxes = require "sandboxes"
local here <close> = sandboxes.folder()
process.run("cp", "/usr/bin/id", here .. "/id")
process.run("chmod", "4755", here .. "/id")
process.run("mkdir", "-m", "777", here .. "/write")
process.run("cp", "../lib/sandboxes.lua", here .. "/sandboxes.lua")
sandboxes.write(here .. "/secret", "secret")
process.run("chmod", "600", here .. "/secret")
sandboxes.write(here .. "/inner.lua", [[
  local here = setmetatable({path = arg[1]}, {__concat = function(a, b) return a.path .. b end})
  package.path = here .. "/?.lua;" .. package.path
  local sandboxes = require "sandboxes"
  sandboxes.show(here, {read = {here .. "/secret"}, write = {here .. "/write"}, exec = {here .. "/id"}}, {
    {"set-user-ID", here .. "/id"}, {"read", here .. "/secret"}, {"read", here .. "/inner.lua"},
    {"make", here .. "/write/new"}, {"signal", process.pid()}, {"ptrace", process.pid()}, {"unshare users"},
    {"tcp bind", 0},
  })
  for kind, got in ipairs{sandboxes.answers(here, {read = {here .. "/attack.so"}, processes = 8}, {{"processes", 40}})} do
    local count = math.tointeger(got[1])
    print(kind, count >= 4 and count <= 16 or count)
  end
  local p = process.spawn({sandbox = {memory = "20M"}}, function() return ("x"):rep(1e8) end)
  print(select(2, pcall(p.join, p)).message)
]])
local luaconc = process.run("readlink", "-f", "/proc/" .. process.pid() .. "/exe").stdout:gsub("\n", "")
local result = process.run({cwd = "/"}, "setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups", luaconc,
  here .. "/inner.lua", here.path)
io.write(result.stdout, result.stderr)
--> set-user-ID: done; EPERM EPERM
--> read: EACCES; EACCES EACCES
--> read: done; EACCES EACCES
--> make: done; done done
--> signal: done; EPERM EPERM
--> ptrace: done; EPERM EPERM
--> unshare users: done; EPERM EPERM
--> tcp bind: done; EACCES EACCES
--> 1	true
--> 2	true
--> exit code 1: not enough memory: limit 'memory' of its sandbox (20971520 bytes)

-- The superuser's child with a limit of processes is a user of its own, who still reads what is named.
print(process.run({sandbox = {read = {here .. "/secret"}, exec = {"/bin"}, processes = 4}}, "cat", here .. "/secret").stdout)
--> secret
print(process.spawn({sandbox = {read = {here .. "/secret"}, processes = 4}}, function(path)
  return io.open(path):read("a")
end, here .. "/secret"):join()) --> secret
