-- A hundred children at once, children of children, nothing left behind.
local processes = require "processes"
local function descriptors() return select(2, process.run("ls", "/proc/" .. process.pid() .. "/fd").stdout:gsub("\n", "")) end
process.spawn(function() end):join()
local all = {}
for i = 1, 100 do all[i] = process.spawn(function() return i end) end
local sum, pids = 0, {}
for _, p in ipairs(all) do
  sum = sum + p:join()
  pids[p.pid] = true
end
local distinct = 0
for _ in pairs(pids) do distinct = distinct + 1 end
print(sum, distinct, processes.zombies(), #process.list()) --> 5050	100	0	0

local function tree(depth)
  if depth == 0 then return 1 end
  local a, b = process.spawn(tree, depth - 1), process.spawn(tree, depth - 1)
  return a:join() + b:join() + 1
end
print(tree(3)) --> 15

-- A child has its own descriptors and no others.
local file <close> = io.open("/dev/null")
local list = function(name)
  os.execute("ls -l /proc/" .. process.pid() .. "/fd >" .. name)
  local names = {}
  for line in io.lines(name) do
    local number, target = line:match("(%d+) %-> (.*)")
    if tonumber(number) and tonumber(number) > 2 then names[#names + 1] = target:match("^/?(%a*)") end
  end
  os.remove(name)
  table.sort(names)
  return table.concat(names, " ")
end
print(process.spawn(list, os.tmpname()):join()) --> memfd socket
local before = descriptors()
for _ = 1, 20 do process.spawn(function() end):join() end
repeat until descriptors() <= before

-- A script that looks like no program with a main guard runs once.
