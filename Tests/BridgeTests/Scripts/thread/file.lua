--! args: --simulate 1d
-- thread.spawn takes a file name too: its chunk gets the arguments as ..., and its return values are the results.
if ... == "worker" then
  local _, a, b = ...
  io.write("in the worker: ", tostring(a), " ", tostring(b), " ", arg[0], "\n")
  sleep(0.001)
  return a + 1, b, nil
end
print(thread.spawn(arg[0], "worker", 41, "text"):join())
--> in the worker: 41 text file.lua
--> 42	text	nil
local named = thread.spawn({name = "dum"}, arg[0], "worker", 1)
print(select("#", named:join()), named.name)
--> in the worker: 1 nil file.lua
--> 3	dum

-- A file that is not there, or is no Lua, is a clear error.
local function failure(name)
  local ok, e = pcall(function() return thread.spawn({on_error = function() end}, name):join() end)
  return ok, tostring(e):find(name, 1, true) ~= nil
end
print(failure("no_such_file.lua")) --> false	true
local path = os.tmpname()
local file = assert(io.open(path, "w"))
file:write("this is = no Lua")
file:close()
print(failure(path)) --> false	true
os.remove(path)
