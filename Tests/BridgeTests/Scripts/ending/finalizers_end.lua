--! real: the grace ends what runs by the clock of the machine
-- A finalizer has as long as the grace lasts once something is to end around it; then it is cut short.
local begun = channel.new()
local function ended(finalizer)
  local h = thread.spawn({ grace = 0.2 }, function(finalizer)
    local function announced()
      begun:send(true)
      finalizer()
    end
    setmetatable({}, { __gc = announced })
    setmetatable({}, { __gc = announced })
    collectgarbage()
  end, finalizer)
  begun:recv()
  h:cancel()
  return h:wait(20)
end
print(ended(function() while true do end end)) --> cancelled
print(ended(function() while true do sleep(0.01) end end)) --> cancelled
print(ended(function() sleep(1000) end)) --> cancelled
print(ended(function() while true do pcall(function() while true do end end) end end)) --> cancelled
print(ended(function() coroutine.wrap(function() while true do end end)() end)) --> cancelled
print(ended(function() local function loop() while true do end end return loop() end)) --> cancelled
print(ended(function() debug.sethook() while true do debug.sethook() end end)) --> cancelled

-- One that takes less runs to its end, and what is around it has all its own time.
local go, log = channel.new(), channel.new()
for _, body in ipairs { function() while #go == 0 do end end, function() go:recv() end } do
  begun, go = channel.new(), channel.new()
  local h = thread.spawn(function(body, begun, go)
    local handler <close> = setmetatable({}, { __close = function(_, e)
      sleep(0.01)
      log:send(e.kind)
    end })
    setmetatable({}, { __gc = function()
      begun:send(true)
      body()
      log:send("whole")
    end })
    collectgarbage()
    while true do end
  end, body, begun, go)
  begun:recv()
  h:cancel()
  go:send(true)
  print(h:wait(), log:recv(), log:recv())
end
--> cancelled	whole	cancelled
--> cancelled	whole	cancelled
