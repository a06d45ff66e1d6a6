-- os.exit without a second argument cancels what runs (so <close> runs) and flushes the output, but finalizes nothing.
--! status 7
local marked = setmetatable({}, {__gc = function() print("finalized") end})
local closed <close> = setmetatable({}, {__close = function() print("closed") end})
io.write("flushed")
pcall(function() coroutine.wrap(function() os.exit(7) end)() end)
print("never")
--> flushedclosed
