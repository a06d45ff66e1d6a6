--! real: a handler of another process waits
-- Cancelling a child: it unwinds, and has its grace.
local p = process.spawn(function()
  local x <close> = setmetatable({}, {__close = function() sleep(0.05) print("closed") end})
  pcall(sleep, 100)
  pcall(function() while true do end end)
end)
while p:status() ~= "waiting" do sleep(0.001) end
p:cancel("enough")
print(p:wait()) --> closed
--> cancelled
local ok, e = pcall(p.join, p)
print(e.kind, e.message) --> cancelled	enough

-- A busy one, its tasks and threads, in the middle of anything.
local begun = channel.new()
p = process.spawn(function()
  task.spawn(function() while true do task.yield() end end)
  thread.spawn(function() begun:send(true) while true do end end)
  while true do task.yield() end
end)
begun:recv()
p:cancel()
print(p:wait()) --> cancelled

-- One that does not come to its end gets SIGKILL, with its group.
local processes = require "processes"
local started = timer.now()
p = process.spawn({grace = 0.1}, function()
  local sleeper <close> = io.popen("sleep 60")
  os.execute("exec sleep 60")
end)
while processes.ingroup(p.pid) < 3 do sleep(0.01) end
p:kill("STOP")
p:cancel()
print(p:wait(), p:exitcode(), timer.now() - started < 30) --> cancelled	-9	true
repeat until processes.ingroup(p.pid) == 0

-- A block waits for its end; leaving it by an error cancels it first.
do local q <close> = process.spawn(function() sleep(0.05) print("end of block") end) end --> end of block
ok = pcall(function()
  local q <close> = process.spawn(function() sleep(100) end)
  p = q
  error("out")
end)
print(ok, p:status()) --> false	cancelled
-- Cancelled at once, before it could begin.
for _ = 1, 20 do
  p = process.spawn(function() sleep(100) end)
  p:cancel()
  assert(p:wait() == "cancelled")
end
