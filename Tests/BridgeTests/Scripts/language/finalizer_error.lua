-- An error in a finalizer is a warning, not an error of the program.
--! stderr: Lua warning: error in __gc
warn("@on")
do
  setmetatable({}, {__gc = function() error("never mind") end})
end
collectgarbage()
print("goes on") --> goes on
