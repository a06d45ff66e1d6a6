-- A new state shows warnings if its spawner does. Errors in finalizers are warnings.
--! stderr: Lua warning: in a thread
--! stderr: Lua warning: error in __gc
--! stderr: Lua warning: in a child
--! stderr: Lua warning: in its thread
--! stderr: Lua warning: the end
local function fail() error("in a finalizer") end
warn("@on")
thread.spawn(function()
  warn("in a thread")
  setmetatable({}, { __gc = fail })
  collectgarbage()
  warn("@off")
end):join()
process.spawn(function()
  warn("in a child")
  thread.spawn(function() warn("in its thread") end):join()
end):join()
warn("@off")
thread.spawn(function() warn("not shown") end):join()
warn("@on")
warn("the end")
