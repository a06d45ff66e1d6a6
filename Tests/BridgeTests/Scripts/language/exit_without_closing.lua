-- os.exit without a second argument flushes the output, but closes nothing and finalizes nothing.
--! status 7
local marked = setmetatable({}, {__gc = function() print("finalized") end})
local closed <close> = setmetatable({}, {__close = function() print("closed") end})
io.write("flushed")
pcall(function() coroutine.wrap(function() os.exit(7) end)() end)
print("never")
--> flushed
