-- os.exit(code, true) closes the state first: pending to-be-closed variables of the main chunk, then finalizers.
--! status 3
local marked = setmetatable({}, {__gc = function() print("finalized") end})
local closed <close> = setmetatable({}, {__close = function() print("closed") end})
io.write("no newline yet, ")
os.exit(3, true)
--> no newline yet, closed
--> finalized
