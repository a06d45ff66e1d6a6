-- The modules are globals and can be required too, in every state.
local names = { "task", "thread", "channel", "timer" } -- those that the others stand on

local function check(list)
  local found = 0
  for _, name in ipairs(list) do
    if type(_G[name]) == "table" and require(name) == _G[name] and package.loaded[name] == _G[name] then
      found = found + 1
    end
  end
  return found
end

print(check(names), thread.spawn(check, names):join()) --> 4	4
print(sleep == task.sleep) --> true

-- A new state gets its spawner's package.path, package.cpath and arg.
package.path = package.path .. ";./nowhere/?.lua"
package.cpath = package.cpath .. ";./nowhere/?.so"
local path, cpath, script = thread.spawn(function() return package.path, package.cpath, arg[0] end):join()
print(path == package.path, cpath == package.cpath, script) --> true	true	modules.lua
print(thread.spawn(function() return thread.spawn(function() return package.path end):join() end):join() == path) --> true
