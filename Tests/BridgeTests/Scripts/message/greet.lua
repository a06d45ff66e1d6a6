-- A module that is a function, required by module_by_name.lua.
local greeted = 0

return function(name)
  greeted = greeted + 1
  return "hello " .. name .. " " .. greeted
end
