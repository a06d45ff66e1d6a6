--! args: --simulate 1d
-- A supervisor in a thread and in a process: cancelled with it, its children are stopped in order.
local function host(ready)
  local function child(name)
    local closing <close> = setmetatable({}, {__close = function() print("closed", name) end})
    ready:send(name)
    sleep(1000)
  end
  supervisor.run {children = {
    {name = "a", kind = "task", start = child, args = {"a"}},
    {name = "b", kind = "thread", start = child, args = {"b"}},
    {name = "c", kind = "task", start = child, args = {"c"}},
  }}
end
local ready = channel.new()
for _, spawn in ipairs {thread.spawn, process.spawn, task.spawn} do
  local h = spawn(host, ready)
  for _ = 1, 3 do ready:recv() end
  h:cancel()
  print(h.kind, h:wait())
end
--> closed	c
--> closed	b
--> closed	a
--> thread	cancelled
--> closed	c
--> closed	b
--> closed	a
--> process	cancelled
--> closed	c
--> closed	b
--> closed	a
--> task	cancelled

-- A deadline around it.
local ok, e = pcall(task.timeout, 0.1, host, ready)
print(ok, e.kind)
--> closed	c
--> closed	b
--> closed	a
--> false	timeout

-- Whoever runs it has its own grace when the children have been stopped, however long they took.
local h = task.spawn({grace = 0.3}, function()
  local closing <close> = setmetatable({}, {__close = function() sleep(0.01) print("closed last") end})
  supervisor.run {children = {{kind = "task", start = function()
    local closing <close> = setmetatable({}, {__close = function() sleep(0.5) print("closed first") end})
    sleep(1000)
  end}}}
end)
sleep(0.01)
h:cancel()
print(h:wait())
--> closed first
--> closed last
--> cancelled
