-- The socket is there when it was asked for, closed to others, and gone with the program. One that a killed program has
-- left is replaced.
package.path = "lib/?.lua;" .. package.path
local watched = require "watched"
local folder = watched.folder()
local sockets = folder .. "/luaconc"
local function mode(path) return (process.run("stat", "-c", "%a %F", path).stdout:gsub("\n", "")) end

-- Nothing is there unless somebody asks.
local quiet = watched.start(folder, "print('ready') process.run({stdin = io.stdin}, 'cat')")
print(watched.files(folder) == "") --> true
print(watched.attach(folder, quiet, "=6 * 7")) --> 42
--> 		0
print(watched.files(sockets) == quiet.pid .. "\n") --> true
quiet:close_stdin()
print(quiet:wait().code, watched.files(sockets) == "") --> 0	true

local open = watched.start(folder, "print('ready') process.run({stdin = io.stdin}, 'cat') os.exit(3)", "--attachable")
print(mode(sockets), mode(sockets .. "/" .. open.pid)) --> 700 directory	600 socket
open:close_stdin()
print(open:wait().code, watched.files(sockets) == "") --> 3	true

-- Ended by a signal, at once or in order.
--! stderr: luaconc: terminated
--! stderr: luaconc: interrupted
for _, signal in ipairs {"TERM", "INT"} do
  local p = watched.start(folder, "print('ready') sleep(1000)", "--attachable")
  p:kill(signal)
  p:wait()
  print(watched.files(sockets) == "") --> true
end
--> true

-- Killed: the next program removes what is left, and one with the same number replaces it.
local killed = watched.start(folder, "print('ready') sleep(1000)", "--attachable")
killed:kill("KILL")
killed:wait()
print(watched.files(sockets) == killed.pid .. "\n") --> true
print(select(2, watched.run(folder, "", "--top", tostring(killed.pid))) == ("luaconc: there is no process %d\n"):format(killed.pid)) --> true
local next_one = watched.start(folder, "print('ready') process.run({stdin = io.stdin}, 'cat')", "--attachable")
print(watched.files(sockets) == next_one.pid .. "\n") --> true
next_one:close_stdin()
next_one:wait()

-- A folder that others could enter, or a link, is not used.
os.execute("chmod 755 " .. sockets)
local p = watched.start(folder, "print('ready') process.run({stdin = io.stdin}, 'cat')", "--attachable")
print(watched.files(sockets) == "") --> true
print(watched.attach(folder, p, "=1 + 1")) --> 2
--> 		0
p:close_stdin()
p:wait()
watched.remove(folder)
