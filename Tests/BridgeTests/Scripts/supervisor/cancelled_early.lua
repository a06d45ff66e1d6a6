--! args: --simulate 1d
-- A supervisor that is cancelled before its task has begun stops its children in order all the same, and waiting for it
-- waits for them.
local ready = channel.new()
local function child(name, fails)
  local closing <close> = setmetatable({}, {__close = function()
    sleep(0.02)
    print("closed " .. name)
    if fails then error("no", 0) end
  end})
  ready:send(name)
  sleep(1000)
end

local function run(kind, how)
  local s
  -- Where Lua cannot yield no other task runs.
  string.gsub("x", "x", function()
    s = supervisor.spawn {name = "early", on_error = function(e, name) print(name, e.message) end, children = {
      {name = "a", kind = kind, start = child, args = {"a"}}, {name = "b", kind = kind, start = child, args = {"b", true}},
    }}
    if kind == "thread" then for _ = 1, 2 do ready:recv() end end
    how(s)
  end)
  print(s:wait(), s:status())
  for _, c in ipairs(s:which()) do print(c.name, c.status) end
end

run("thread", function(s) s:cancel("enough") end)
--> closed b
--> b	no
--> closed a
--> cancelled	cancelled
--> a	cancelled
--> b	failed

-- From another thread.
run("thread", function(s) thread.spawn(function(s) s:cancel() end, s):join() end)
--> closed b
--> b	no
--> closed a
--> cancelled	cancelled
--> a	cancelled
--> b	failed

-- Tasks that have not begun have nothing to close.
run("task", function(s) s:cancel() end)
--> cancelled	cancelled
--> a	cancelled
--> b	cancelled

-- Without children it is cancelled like others.
local s = supervisor.spawn {}
s:cancel()
print(s:wait()) --> cancelled

-- The reason is told, and a cancellation that comes as the task begins changes nothing.
for i = 1, 200 do
  local s = supervisor.spawn {children = {{name = "a", start = function() sleep(1000) end}}}
  local canceller = thread.spawn(function(s) s:cancel("by a thread") end, s)
  if i % 2 == 0 then sleep(0) end
  local ok, e = pcall(s.join, s)
  assert(not ok and e.kind == "cancelled" and e.message == "by a thread", e)
  assert(s:which()[1].status == "cancelled")
  canceller:join()
end
