--! module
-- For the tests of sandboxes: attacks (attack.c) by a program and by a Lua child.
local M = {}

local source = debug.getinfo(1, "S").source:match("@(.*)sandboxes.lua$") .. "attack.c"

local function run(command, ...)
  local result = assert(process.run(command, ...))
  if not result.ok then error(result.stderr, 2) end
  return (result.stdout:gsub("%s+$", ""))
end

-- A new folder, where the attacks are, as the program `attack` and as the module `attack.so`. It goes when the variable
-- that holds it is closed: local here <close> = sandboxes.folder().
function M.folder()
  local path = run("mktemp", "-d", "/tmp/sandbox.XXXXXX")
  local include = run("pkg-config", "--cflags", "lua5.4"):match("%S+")
  local to = path .. "/attack"
  local module = task.spawn(run, "gcc", "-O1", "-shared", "-fPIC", "-DMODULE", include, "-o", to .. ".so", source)
  run("gcc", "-O1", "-o", to, source)
  module:join()
  run("chmod", "755", path)
  return setmetatable({path = path}, {
    __close = function() run("rm", "-rf", path) end,
    __tostring = function() return path end,
    __concat = function(a, b) return tostring(a) .. tostring(b) end,
    __name = "folder",
  })
end

-- Writes the file, with everything in it that is to be there.
function M.write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

-- The answers to the attacks, a list of pairs {name, argument}, in a sandbox: those of a program, then those of a Lua
-- child. Without a sandbox the program alone tries.
function M.answers(here, sandbox, attacks, options)
  local words = {}
  for _, attack in ipairs(attacks) do
    table.insert(words, attack[1])
    table.insert(words, tostring(attack[2] or ""))
  end
  local launch = {sandbox = sandbox or nil}
  for key, value in pairs(options or {}) do launch[key] = value end
  local result = assert(process.run(launch, here .. "/attack", table.unpack(words)))
  if not result.ok then error("attack ended with " .. (result.code or result.signal) .. ": " .. result.stderr) end
  local program = {}
  for line in result.stdout:gmatch("[^\n]+") do table.insert(program, line) end
  if not sandbox then return program end
  local lua = process.spawn(launch, function(path, attacks)
    package.cpath = path .. "/?.so"
    local attack, answers = require "attack", {}
    for _, a in ipairs(attacks) do table.insert(answers, attack(a[1], tostring(a[2] or ""))) end
    return answers
  end, here.path, attacks):join()
  return program, lua
end

-- Prints one line for each attack: its name, and the answer without a sandbox, then those of a program and a Lua child.
function M.show(here, sandbox, attacks, options)
  local reading = {table.unpack(sandbox.read or {})}
  table.insert(reading, here .. "/attack.so")
  local inside = {}
  for key, value in pairs(sandbox) do inside[key] = value end
  inside.read = reading
  local program, lua = M.answers(here, inside, attacks, options)
  local outside = M.answers(here, nil, attacks)
  for i, attack in ipairs(attacks) do
    print(string.format("%s: %s; %s %s", attack.title or attack[1], outside[i], program[i], lua[i]))
  end
end

return M
