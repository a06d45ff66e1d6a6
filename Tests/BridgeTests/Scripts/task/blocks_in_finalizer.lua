--! args: --simulate 1d
-- A finalizer may call what blocks: it blocks the state and works.
local finalized = 0
for _ = 1, 3 do
  setmetatable({}, {__gc = function()
    sleep(0.001)
    finalized = finalized + 1
  end})
end
collectgarbage()
print(finalized) --> 3

local ch = channel.new()
setmetatable({}, {__gc = function() ch:send("sent by a finalizer") end})
collectgarbage()
print(ch:recv(0)) --> sent by a finalizer
setmetatable({}, {__gc = function() task.spawn(function() print("spawned by a finalizer") end) end})
collectgarbage()
task.yield() --> spawned by a finalizer
