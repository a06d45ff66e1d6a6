-- A program that is killed takes its children with it, and theirs, and the programs that they run.
local processes = require "processes"
local luaconc = arg[-1]
local source = [[
  local function chain(depth)
    print(process.pid())
    if depth > 0 then process.spawn(chain, depth - 1) end
    local p = process.popen{"sleep", "1000"}
    print(p.pid)
    for i = 1, 3 do process.spawn(function() print(process.pid()) sleep(1000) end) end
    sleep(1000)
  end
  chain(2)
]]
for _ = 1, 3 do
  local p = process.popen{luaconc, "-e", source}
  local pids = {}
  for i = 1, 15 do pids[i] = tonumber(p:read()) end
  for _, pid in ipairs(pids) do assert(processes.lives(pid)) end
  assert(p:kill("KILL"))
  assert(p:wait().signal == 9)
  repeat
    local left = 0
    for _, pid in ipairs(pids) do if processes.lives(pid) then left = left + 1 end end
  until left == 0
end
print("all gone") --> all gone
