-- An error after a sleep keeps its value, position, level and traceback, through coroutines and message handlers.
local co = coroutine.create(function()
  sleep(0.001)
  local function inner()
    sleep(0.001)
    error("boom")
  end
  inner()
end)
print(coroutine.resume(co)) --> false	errors_after_sleep.lua:6: boom
print(debug.traceback(co))
--> stack traceback:
--> 	[C]: in function 'error'
--> 	errors_after_sleep.lua:6: in local 'inner'
--> 	errors_after_sleep.lua:8: in function <errors_after_sleep.lua:2>

local object = {}
local ok, value = pcall(coroutine.wrap(function() sleep(0.001) error(object) end))
print(ok, value == object) --> false	true
print(pcall(coroutine.wrap(function() sleep(0.001) error() end))) --> false	nil

print(xpcall(function() sleep(0.001) error("x") end, function(m) return "handled: " .. m end))
--> false	handled: errors_after_sleep.lua:22: x
print(select(2, xpcall(function() sleep(0.001) error("traced", 0) end, debug.traceback)):match("^[^\n]+\n[^\n]+"))
--> traced
--> stack traceback:

local function level_two() sleep(0.001) error("blame the caller", 2) end
print(pcall(function()
  level_two() -- line 30
end)) --> false	errors_after_sleep.lua:30: blame the caller

-- A nil value that is called after sleeping is still named.
print(pcall(function() local missing sleep(0.001) missing() end))
--> false	errors_after_sleep.lua:34: attempt to call a nil value (local 'missing')
--! args: --simulate 1d
