-- `--top` prints the states of a program, of its threads and its child processes, with what their tasks wait for.
package.path = "lib/?.lua;" .. package.path
local watched = require "watched"
local folder = watched.folder()
local p = watched.start(folder, [[
  local ready = channel.new()
  local function waits(ready) ready:send(true) sleep(1000) end
  thread.spawn({name = "zikkurat"}, waits, ready)
  process.spawn({name = "süt\27[2J"}, waits, ready)
  for _ = 1, 2 do ready:recv() end
  -- The line has begun, and its end does not come.
  thread.spawn({name = "stuck", daemon = true}, function(ready) io.read(1) ready:send(true) io.read("l") end, ready)
  print("reads")
  ready:recv()
  for i = 1, 100 do task.spawn({name = "t" .. i}, sleep, 1000) end
  print("ready")
  ready:recv()
]])
p:write("xy")
assert(p:read("L"))
local shown, errors, code = watched.run(folder, "", "--top", tostring(p.pid))
print(#errors, code) --> 0	0
local lines = {}
for line in shown:gmatch("[^\n]+") do lines[#lines + 1] = line end
print(lines[1]:match("^luaconc " .. p.pid .. "  %-e") ~= nil, lines[2]:match("^CPU %d+%%  memory [%d.]+M  %d+ threads$") ~= nil) --> true	true
print((lines[3]:gsub(" +", " "))) --> STATE CPU MEMORY MSG/S
local function find(pattern)
  for i, line in ipairs(lines) do if line:find(pattern) then return i, line end end
end
local function squeezed(line) return (line:gsub(" +", " "):gsub("%d[%d.]*", "N")) end
local main = find("^thread 'main'")
print(squeezed(lines[main])) --> thread 'main' N% NK N
print(select(2, find("^  main: recv on channel: ")) ~= nil) --> true
print(select(2, find("^  task 't1': sleep for ")) ~= nil) --> true
print(select(2, find("^  … 37 more tasks$")) ~= nil) --> true
local thread = find("^thread 'zikkurat'")
print(squeezed(lines[thread + 1])) -->  main: sleep for N s (command line):N
-- What would make a terminal do something does not reach it.
local process = find("^process 'süt%?%[2J' %(%d+%)")
print(squeezed(lines[process + 1])) -->  main: sleep for N s (command line):N
local stuck = find("^thread 'stuck'")
print(lines[stuck + 1]) -->   busy in a C function, or does not answer
p:kill("KILL")
p:wait()
watched.remove(folder)
