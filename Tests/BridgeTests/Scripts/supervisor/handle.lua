--! args: --simulate 1d
-- The handle of a supervisor is like other handles.
local s = supervisor.spawn {name = "app", children = {{kind = "task", start = sleep, args = {1000}}}}
print(s, s.name, s.kind, math.type(s.id)) --> supervisor: app (pending)	app	supervisor	integer
sleep(0)
print(s:status(), s) --> waiting	supervisor: app (waiting)
print(s:wait(0)) --> nil	timeout
print(s:wait(0.01)) --> nil	timeout
print(select(2, pcall(s.join, s, 0.01)).kind) --> timeout
print(channel.select({s}, 0.01)) --> nil	timeout
s:cancel("not needed any more")
print(channel.select {s}) --> 1	cancelled
print(s:wait(), s:status()) --> cancelled	cancelled
local ok, e = pcall(s.join, s)
print(ok, e.kind, e.message, e.origin) --> false	cancelled	not needed any more	app
print(supervisor.spawn({}).name:match("^supervisor%-%d+$") ~= nil) --> true

-- Leaving a block waits for it; leaving by an error cancels it first.
do
  local s <close> = supervisor.spawn {children = {{kind = "task", restart = "transient", start = function() sleep(0.01) print("a child") end}}}
  print("end of the block")
end
print("after it")
--> end of the block
--> a child
--> after it
print(pcall(function()
  local s <close> = supervisor.spawn {name = "block", children = {{kind = "task", start = function()
    local closing <close> = setmetatable({}, {__close = function(_, e) print("closed", e.message) end})
    sleep(1000)
  end}}}
  sleep(0)
  error("left", 0)
end))
--> closed	stopped by supervisor 'block'
--> false	left

-- It can be sent; the same object comes back.
s = supervisor.spawn {name = "sent"}
local ch = channel.new()
ch:send(s)
print(ch:recv() == s, s:join()) --> true

-- One that is cancelled before its task has begun: its children are stopped all the same.
s = supervisor.spawn {name = "early", children = {{name = "a", kind = "task", start = sleep, args = {1000}}, {name = "b", start = sleep, args = {1000}}}}
local child = s:which()[2].handle
s:cancel()
print(s:wait(), child:wait()) --> cancelled	cancelled
print(pcall(s.add, s, {start = print})) --> false	supervisor 'early' has ended
for _, c in ipairs(s:which()) do print(c.name, c.status) end
--> a	cancelled
--> b	cancelled
-- Nobody has to keep the handle.
supervisor.spawn {children = {{kind = "task", restart = "transient", start = function() collectgarbage() sleep(0.01) print("kept") end}}}
collectgarbage()
--> kept
