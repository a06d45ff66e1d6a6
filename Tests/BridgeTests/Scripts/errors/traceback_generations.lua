-- The traceback says where the work was spawned, and its spawner, through every generation.
local function leaf()
  thread.inbox:recv()
  error("boom")
end
local function middle()
  local h = thread.spawn({ name = "leaf" }, leaf)
  return h
end
local function top()
  local t = task.spawn({ name = "middle" }, middle)
  local h = t:join()
  return h
end
local h = thread.spawn({ name = "top" }, top):join()
task.spawn(function() h:send("go") end) -- runs when the join below waits
local _, e = pcall(h.join, h)
print(e.origin, e.message) --> leaf	traceback_generations.lua:4: boom

local lines = {}
for line in e.traceback:gmatch("spawned at traceback_generations.lua:(%d+)") do lines[#lines + 1] = line end
print(table.concat(lines, " ")) --> 7 11 15
local all = {}
for line in tostring(e):gmatch("spawned at traceback_generations.lua:(%d+)") do all[#all + 1] = line end
print(table.concat(all, " ")) --> 7 11 15

-- What is raised in no code of the work says where that was spawned, not where somebody asks.
local function ask(h)
  h:cancel()
  return select(2, pcall(h.join, h)).traceback
end
print(ask(task.spawn(print))) --> spawned at traceback_generations.lua:32
local h = process.spawn(function() return coroutine.running() end)
print(select(2, pcall(h.join, h)).traceback) --> spawned at traceback_generations.lua:33
