-- os.exit ends the children, with their grace, and theirs.
--! status 7
local running = channel.new()
process.spawn({grace = 30}, function()
  local p = process.spawn({grace = 30}, function()
    local x <close> = setmetatable({}, {__close = function() print("grandchild closes") end})
    running:send(true)
    sleep(100)
  end)
  local x <close> = setmetatable({}, {__close = function() print("child closes", p:wait()) end})
  p:join()
end)
running:recv()
print("main ends") --> main ends
os.exit(7)
--> grandchild closes
--> child closes	cancelled
