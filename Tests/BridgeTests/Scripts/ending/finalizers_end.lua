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

-- One that takes less runs to its end, and what is around it has all its own time.
local order = {}
for _, body in ipairs { function() local t = os.clock() while os.clock() - t < 0.4 do end end, function() sleep(0.4) end } do
  local ok, e = pcall(task.timeout, 0.25, function()
    local handler <close> = setmetatable({}, { __close = function(_, e)
      sleep(0.01)
      order[#order + 1] = e.kind
    end })
    setmetatable({}, { __gc = function()
      body()
      order[#order + 1] = "whole"
    end })
    collectgarbage()
    while true do end
  end)
  order[#order + 1] = e.kind
end
print(table.concat(order, " ")) --> whole timeout timeout whole timeout timeout
