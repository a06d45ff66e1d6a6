-- An error's traceback tells every generation that spawned its work; it passes through joins without losing its message.
local caught
local function leaf() error("boom") end
local function branch()
  local h = task.spawn({name = "leaf"}, leaf)
  caught = select(2, pcall(h.join, h))
  h:join()
end
local function root() task.spawn({name = "branch"}, branch):join() end
local handle = task.spawn({name = "root"}, root)
local ok, e = pcall(handle.join, handle)
print(ok, e.kind) --> false	error
print(e.message:find("error_passes_through_joins.lua:3: boom", 1, true) ~= nil) --> true

print(caught.origin, caught.message) --> leaf	error_passes_through_joins.lua:3: boom
local position = caught.traceback:find("error_passes_through_joins.lua:3:", 1, true)
for _, line in ipairs{5, 9, 10} do
  local spawned = caught.traceback:find("spawned at error_passes_through_joins.lua:" .. line, 1, true)
  print(spawned ~= nil and spawned > position)
  position = spawned
end
--> true
--> true
--> true
