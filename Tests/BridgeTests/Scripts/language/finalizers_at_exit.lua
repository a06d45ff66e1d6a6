-- When the program ends, what is still alive is finalized, last marked first, as in stock Lua.
local kept = {}
for i = 1, 3 do
  kept[i] = setmetatable({}, {__gc = function() print("finalized " .. i) end})
end
global_kept = setmetatable({}, {__gc = function() io.write("and ", "the global\n") end})
print("main ends")
--> main ends
--> and the global
--> finalized 3
--> finalized 2
--> finalized 1
