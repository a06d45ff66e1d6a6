-- Errors leave resume and wrap with the values, positions and tracebacks of stock Lua.
local co = coroutine.create(function() error("boom") end)
print(coroutine.resume(co)) --> false	coroutine_errors.lua:2: boom
print(coroutine.status(co)) --> dead

local wrapped = coroutine.wrap(function() error("boom") end)
print(pcall(wrapped)) --> false	coroutine_errors.lua:6: boom

-- wrap puts the place of its caller in front of a string, and of nothing else.
print(pcall(function() return (coroutine.wrap(function() error("x") end)()) end))
--> false	coroutine_errors.lua:10: coroutine_errors.lua:10: x
local object = {}
local ok, value = pcall(function() return (coroutine.wrap(function() error(object) end)()) end)
print(ok, value == object) --> false	true
print(pcall(coroutine.wrap(function() error() end))) --> false	nil
print(pcall(coroutine.wrap(function() error(nil) end))) --> false	nil

local dead = coroutine.create(function()
  local function inner() error("deep", 0) end
  inner()
end)
print(coroutine.resume(dead)) --> false	deep
print(debug.traceback(dead))
--> stack traceback:
--> 	[C]: in function 'error'
--> 	coroutine_errors.lua:19: in local 'inner'
--> 	coroutine_errors.lua:20: in function <coroutine_errors.lua:18>

print(pcall(coroutine.resume, 1)) --> false	bad argument #1 to 'coroutine.resume' (thread expected, got number)
print(pcall(coroutine.create, 1)) --> false	bad argument #1 to 'coroutine.create' (function expected, got number)
print(pcall(coroutine.wrap)) --> false	bad argument #1 to 'coroutine.wrap' (function expected, got no value)
print(pcall(coroutine.status, {})) --> false	bad argument #1 to 'coroutine.status' (thread expected, got table)
print(pcall(coroutine.close)) --> false	bad argument #1 to 'coroutine.close' (thread expected, got no value)
