-- Each error names the place where its own task was spawned, also when one place follows another in a loop, and when
-- code that was collected makes room for other code.
local function site(h)
  local ok, e = pcall(h.join, h)
  return e.traceback:match("spawned at ([^\n]+)")
end
local function fail() error("x") end

for i = 1, 2 do
  local a, b = task.spawn(fail), task.spawn(fail)
  local c = task.spawn(fail)
  print(site(a), site(b), site(c))
end
--> spawn_sites.lua:10	spawn_sites.lua:10	spawn_sites.lua:11
--> spawn_sites.lua:10	spawn_sites.lua:10	spawn_sites.lua:11

local wrong = 0
for i = 1, 200 do
  local name = "chunk" .. i
  local spawn = load("local fail = ... return (task.spawn(fail))", "=" .. name)
  if site(spawn(fail)) ~= name .. ":1" or site(spawn(fail)) ~= name .. ":1" then wrong = wrong + 1 end
  spawn = nil
  collectgarbage()
end
print(wrong) --> 0

-- By way of C the place is the one of the script.
local _, h = pcall(task.spawn, fail)
print(site(h)) --> spawn_sites.lua:28
