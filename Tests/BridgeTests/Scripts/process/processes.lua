--! module
-- The processes of the system, as /proc tells: number, name, state, parent, group.
local processes = {}

--- Those for which `is` is true.
function processes.list(is)
  local found = {}
  for line in process.run{"sh", "-c", "cat /proc/[0-9]*/stat", stderr = "null"}.stdout:gmatch("[^\n]+") do
    local pid, name, state, parent, group = line:match("^(%d+) %((.*)%) (%a) (%d+) (%d+)")
    local p = {pid = tonumber(pid), name = name, state = state, parent = tonumber(parent), group = tonumber(group)}
    if pid and is(p) then found[#found + 1] = p end
  end
  return found
end

--- How many live in that group; what is dead and waits for init does not count.
function processes.ingroup(group)
  return #processes.list(function(p) return p.group == group and p.state ~= "Z" end)
end

--- How many children of this process are dead and have not been waited for.
function processes.zombies()
  return #processes.list(function(p) return p.parent == process.pid() and p.state == "Z" end)
end

--- Whether a process lives.
function processes.lives(pid)
  return #processes.list(function(p) return p.pid == pid and p.state ~= "Z" end) > 0
end

return processes
