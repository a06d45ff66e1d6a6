--! args: --simulate 1d
-- A task has one handle, wherever it is asked for: it can be a key.
local names = {}
local function name() return names[task.current()] end

local function deep(n)
  if n == 0 then return name() end
  local found = deep(n - 1)
  return found
end

local h = task.spawn(function()
  print(name(), deep(10000)) --> first	first
  print(coroutine.wrap(function() return coroutine.wrap(name)() end)()) --> first
  print(select(2, pcall(name)), #setmetatable({}, {__len = name})) --> first	first
  sleep(0)
  collectgarbage()
  print(name()) --> first
end)
names[h] = "first"
local function listed(wanted)
  for _, each in ipairs(task.list()) do
    if names[each] == wanted then return true end
  end
  return false
end
assert(listed("first"))
sleep(0)
assert(listed("first"))
h:join()
print(listed("first")) --> false

-- Sent and received again, before it begins, while it runs, and when it has ended.
local ch = channel.new(8)
h = task.spawn(function()
  ch:send(task.current())
  sleep(0)
end)
names[h] = "sent"
ch:send(h)
sleep(0)
ch:send(h)
h:join()
ch:send(h)
print(names[ch:recv()], names[ch:recv()], names[ch:recv()], names[ch:recv()]) --> sent	sent	sent	sent

local group <close> = task.group()
h = group:task(function() print(name()) end) --> grouped
names[h] = "grouped"
h:join()

-- Nobody but the task has it.
names = setmetatable(names, {__mode = "k"})
task.spawn(function()
  names[task.current()] = "its own"
  collectgarbage()
  print(name()) --> its own
end)
sleep(0)

