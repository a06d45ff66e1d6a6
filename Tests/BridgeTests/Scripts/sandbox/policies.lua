-- Random sandboxes and random actions: what happens is what the sandbox says, for programs and for Lua children.
--! needs landlock
package.path = "../lib/?.lua;" .. package.path
local sandboxes = require "sandboxes"
local here <close> = sandboxes.folder()
local seed = tonumber(os.getenv("LUACONC_SEED") or os.time())
math.randomseed(seed)

-- Folders in folders, each with a file and a program.
local folders = {""}
for _, a in ipairs{"/a", "/b"} do
  table.insert(folders, a)
  for _, b in ipairs{"/c", "/d"} do
    table.insert(folders, a .. b)
    table.insert(folders, a .. b .. "/e")
  end
end
local function path(folder) return here .. "/tree" .. folder end
for _, folder in ipairs(folders) do
  process.run("mkdir", "-p", path(folder))
  sandboxes.write(path(folder) .. "/file", "text")
  process.run("cp", "/bin/true", path(folder) .. "/true")
end

-- One to connect to, one that the sandboxes never name.
local servers <close> = process.popen("python3", "-c", [[
import socket, sys
servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(s.getsockname()[1] for s in servers), flush=True); sys.stdin.read()
]])
local ports = {}
for port in servers:read():gmatch("%d+") do table.insert(ports, math.tointeger(port)) end

local function some(list, most)
  local picked = {}
  for _ = 1, math.random(0, most) do table.insert(picked, list[math.random(#list)]) end
  return picked
end

-- Whether one of the folders is this one, or around it.
local function covers(list, folder)
  for _, other in ipairs(list) do
    if folder == other or folder:sub(1, #other + 1) == other .. "/" then return true end
  end
  return false
end
local function has(list, item)
  for _, other in ipairs(list) do if other == item then return true end end
  return false
end

-- The actions: the attack, its argument for a folder, and whether the sandbox allows it there.
local actions = {
  {"read", "/file", function(s, f) return covers(s.read, f) or covers(s.write, f) or covers(s.exec, f) end},
  {"list", "", function(s, f) return covers(s.read, f) or covers(s.write, f) or covers(s.exec, f) end},
  {"write", "/file", function(s, f) return covers(s.write, f) end},
  {"make", "/new", function(s, f) return covers(s.write, f) end},
  {"mkdir", "/new-%d", function(s, f) return covers(s.write, f) end},
  {"empty", "/file", function(s, f) return covers(s.write, f) end},
  {"exec", "/true", function(s, f) return covers(s.exec, f) end},
  {"chmod", "/file", function() return false end},
}

local count = 0
for round = 1, 25 do
  local policy = {read = some(folders, 3), write = some(folders, 2), exec = some(folders, 2),
    connect = some({ports[1], ports[2]}, 2)}
  local sandbox = {read = {here .. "/attack.so"}, write = {}, exec = {}, net = {connect = policy.connect}}
  for _, kind in ipairs{"read", "write", "exec"} do
    for _, folder in ipairs(policy[kind]) do table.insert(sandbox[kind], path(folder)) end
  end
  local attacks, expected = {}, {}
  for number = 1, 30 do
    local action = actions[math.random(#actions)]
    local folder = folders[math.random(#folders)]
    table.insert(attacks, {action[1], path(folder) .. action[2]:format(round * 100 + number)})
    table.insert(expected, action[3](policy, folder))
  end
  for _, port in ipairs(ports) do
    table.insert(attacks, {"tcp connect", port})
    table.insert(expected, has(policy.connect, port))
  end
  local program, lua = sandboxes.answers(here, sandbox, attacks)
  for i, attack in ipairs(attacks) do
    -- The program has made the folder already.
    local second = lua[i] == "EEXIST" and attack[1] == "mkdir" and "done" or lua[i]
    if (program[i] == "done") ~= expected[i] or (second == "done") ~= expected[i]
      or not expected[i] and (program[i] ~= "EACCES" or second ~= "EACCES") then
      print(("seed %d, round %d: %s %s: %s %s, expected %s"):format(seed, round, attack[1], attack[2], program[i],
        lua[i], expected[i]))
    end
    count = count + 1
  end
end
print(count) --> 825
servers:close_stdin()
--! needs speed
