-- What cannot be looked into is told in a sentence, and leaves all as it is.
package.path = "lib/?.lua;" .. package.path
local watched = require "watched"
local folder = watched.folder()
local function show(pid, option, ...)
  local out, errors, code = watched.run(folder, "", option or "--top", tostring(pid), ...)
  print(code, out .. errors:match("^[^\n]*"):gsub("%d+", "N"))
end

show(4194305) --> 1	luaconc: there is no process N
show(4194305, "--attach") --> 1	luaconc: there is no process N

-- The signal would end it.
local other = process.popen("cat")
show(other.pid) --> 1	luaconc: process N (cat) is no luaconc program that can be looked into
other:write("alive\n")
print(other:read("l")) --> alive
other:close_stdin()
other:wait()

local parent = watched.start(folder, [[
  local ready = channel.new()
  local p = process.spawn(function(ready) ready:send(true) sleep(1000) end, ready)
  ready:recv()
  print("ready")
  print(p.pid)
  p:join()
]])
local child = tonumber(parent:read("l"))
local _, errors, code = watched.run(folder, "", "--top", tostring(child))
print(code, errors == ("luaconc: process %d is a child process of a luaconc program: use %d\n"):format(child, parent.pid)) --> 1	true
parent:kill("STOP")
show(parent.pid) --> 1	luaconc: process N is stopped
parent:kill("CONT")
parent:kill("KILL")
parent:wait()

show("none") --> 2	luaconc: '--top' expects the number of a process, got 'none'
show(-5, "--attach") --> 2	luaconc: '--attach' expects the number of a process, got '-N'
show(1, "--top", "job.lua") --> 2	luaconc: 'job.lua' is one word too many
show("x.lua", "--once") --> 2	luaconc: '--once' needs '--top'
watched.remove(folder)
