--! args: --simulate 1d
-- The program waits for children, but not for daemons: those are cancelled, with their grace.
process.spawn(function() sleep(0.05) print("not joined") end)
process.spawn({daemon = true}, function()
  local x <close> = setmetatable({}, {__close = function() print("daemon closes") end})
  sleep(100)
end)
local p = process.spawn(function() sleep(100) end)
p:detach()
print("main ends")
--> main ends
--> not joined
--> daemon closes
