--! args: --simulate 1d
-- A child that is stopped has `shutdown` seconds; then it is cut short.
local ready = channel.new()
local function stubborn(ready)
  local closing <close> = setmetatable({}, {__close = function()
    print("closing")
    io.stdout:flush()
    while true do pcall(sleep, 1000) end
  end})
  ready:send(true)
  sleep(1000)
end
local function polite(ready)
  local closing <close> = setmetatable({}, {__close = function() sleep(0.02) print("in order") io.stdout:flush() end})
  ready:send(true)
  sleep(1000)
end
for _, kind in ipairs {"task", "thread", "process"} do
  local s = supervisor.spawn {children = {
    {name = "polite", kind = kind, start = polite, args = {ready}, shutdown = math.huge},
    {name = "stubborn", kind = kind, start = stubborn, args = {ready}, shutdown = 0.5},
  }}
  for _ = 1, 2 do ready:recv() end
  sleep(0)
  s:cancel()
  print(kind, s:wait())
  for _, child in ipairs(s:which()) do print(child.name, child.status) end
end
--> closing
--> in order
--> task	cancelled
--> polite	cancelled
--> stubborn	cancelled
--> closing
--> in order
--> thread	cancelled
--> polite	cancelled
--> stubborn	cancelled
--> closing
--> in order
--> process	cancelled
--> polite	cancelled
--> stubborn	cancelled

-- 0 or less: at once.
local s = supervisor.spawn {children = {{name = "x", kind = "task", shutdown = -1, start = function()
  local closing <close> = setmetatable({}, {__close = function() sleep(1000) end})
  sleep(1000)
end}}}
sleep(0)
print(s:stop("x")) --> true
