-- The traceback shows the functions inside the work, and where it was spawned.
local function inner_most() error("boom") end
local function middle()
  inner_most()
  return "no tail call"
end
local function work()
  thread.inbox:recv()
  middle()
  return "no tail call"
end
local h = thread.spawn(work)
task.spawn(function() h:send("go") end) -- runs when the join below waits
local _, e = pcall(h.join, h)

local from = 1
for _, part in ipairs { "traceback.lua:2", "traceback.lua:4", "traceback.lua:9", "spawned at traceback.lua:12" } do
  local first, last = e.traceback:find(part, from, true)
  print(first ~= nil)
  from = (last or 0) + 1
end
--> true
--> true
--> true
--> true

-- A script's own coroutine inside the work does not hide the place.
local t = task.spawn(function()
  local co = coroutine.wrap(function() error("in a coroutine") end)
  co()
end)
local ok
ok, e = pcall(t.join, t)
print(ok, e.message, e.traceback:find("spawned at traceback.lua:28", 1, true) ~= nil) --> false	traceback.lua:30: traceback.lua:29: in a coroutine	true

-- An error with a table for its value has a traceback too.
local function raise_table()
  error({})
end
t = task.spawn(function() raise_table() end)
ok, e = pcall(t.join, t)
print(e.traceback:find("traceback.lua:38", 1, true) ~= nil, e.traceback:find("spawned at traceback.lua:40", 1, true) ~= nil) --> true	true
