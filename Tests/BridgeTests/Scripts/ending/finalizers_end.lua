-- A finalizer has as long as the grace lasts once something is to end around it; then it is cut short.
local function ended(finalizer)
  local h = thread.spawn({ grace = 0.2 }, function(finalizer)
    setmetatable({}, { __gc = finalizer })
    setmetatable({}, { __gc = finalizer })
    thread.inbox:recv()
    collectgarbage()
  end, finalizer)
  h.inbox:send("begin")
  sleep(0.02)
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
