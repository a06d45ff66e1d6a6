-- Runs the plug-ins of a folder: scripts that somebody else wrote. Each runs in a process that can read one folder and
-- write another, and reach nothing else; it has a minute of processor time and 64 MiB.
--
--   luaconc scripts/sandbox.lua PLUGINS INPUT OUTPUT
--
-- A plug-in is a file of Lua. It gets the two folders as its arguments, and returns a line to be printed. One that tries
-- what it may not gets the system's own error; one that fails is named, and the exit status is 1.

local plugins, input, output = arg[1], arg[2], arg[3]
if not output or arg[4] then
  io.stderr:write("usage: luaconc sandbox.lua PLUGINS INPUT OUTPUT\n")
  os.exit(2)
end

--- The path of a folder or a file from the root, as sandboxes want it.
local function absolute(path)
  local found = assert(process.run("realpath", "-e", path))
  if not found.ok then error(found.stderr, 0) end
  return (found.stdout:gsub("\n$", ""))
end

--- The scripts in the folder, in the order of their names.
local function scripts(folder)
  local found = assert(process.run("find", folder, "-maxdepth", "1", "-type", "f", "-name", "*.lua", "-print0"))
  local paths = {}
  for path in found.stdout:gmatch("%Z+") do paths[#paths + 1] = path end
  table.sort(paths)
  return paths
end

input, output = absolute(input), absolute(output)
local sandbox = {read = {input}, write = {output}, memory = "64M", cpu = 60, files = 64, size = "16M"}

local failed = false
for _, path in ipairs(scripts(absolute(plugins))) do
  local name = path:match("[^/]*$")
  -- The file is read and compiled here, so the child need not be able to read it.
  local ok, result = pcall(function()
    local plugin = process.spawn({name = name, sandbox = sandbox, stdin = "null"}, path, input, output)
    return plugin:join()
  end)
  if not ok then failed = true end
  print(name .. ": " .. tostring(ok and result or type(result) == "table" and result.message or result))
end
os.exit(not failed)
