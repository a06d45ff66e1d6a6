--! module
-- Programs that others look into, and those who look.
local luaconc = arg[-1]
local watched = {}

--- A folder of its own for control sockets.
function watched.folder()
  local name = os.tmpname()
  os.remove(name)
  assert(os.execute("mkdir -m 700 " .. name))
  return name
end

--- Starts a program that runs the code, and returns when that has printed a line. Its standard input is open.
function watched.start(folder, code, ...)
  local command = {luaconc, ...}
  for _, word in ipairs {"-e", code} do command[#command + 1] = word end
  command.env = {XDG_RUNTIME_DIR = folder}
  local p = process.popen(command)
  assert(p:read("L"))
  return p
end

--- Runs luaconc with those words; its output, the errors and the status.
function watched.run(folder, input, ...)
  local result = process.run({stdin = input, env = {XDG_RUNTIME_DIR = folder}, timeout = 60}, luaconc, ...)
  return result.stdout, result.stderr, result.code
end

--- Has the lines run in the program.
function watched.attach(folder, p, ...)
  return watched.run(folder, table.concat({...}, "\n") .. "\n", "--attach", tostring(p.pid))
end

--- The files in the folder.
function watched.files(folder)
  return process.run("ls", "-A", folder).stdout
end

function watched.remove(folder) os.execute("rm -r " .. folder) end

return watched
