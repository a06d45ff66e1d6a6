-- task.timeout runs a function in the task that calls, but no longer than that.
local function try(...)
  local ok, e = pcall(task.timeout, ...)
  return ok, ok and e or e.kind, not ok and e.message or nil
end
print(task.timeout(1000, function(...) return select("#", ...), ... end, 1, nil, 3, nil)) --> 4	1	nil	3	nil
print(try(0.01, sleep, 1000)) --> false	timeout	timed out after 0.01 s
print(try(0.01, function() while true do end end)) --> false	timeout	timed out after 0.01 s
print(try(0.01, function() while true do pcall(function() while true do end end) end end))
--> false	timeout	timed out after 0.01 s
print(try(0.01, function() coroutine.wrap(function() sleep(1000) end)() end)) --> false	timeout	timed out after 0.01 s
print(try(0.01, function() table.sort({2, 1}, function() sleep(1000) end) end))
--> false	timeout	timed out after 0.01 s
print(try(0.01, function() xpcall(function() while true do end end, function() while true do end end) end))
--> false	timeout	timed out after 0.01 s
print(try(0, sleep, 1000)) --> false	timeout	timed out after 0 s
print(try(-1, sleep, 1000)) --> false	timeout	timed out after -1 s
print(task.timeout(math.huge, function() return "for ever" end)) --> for ever
print(task.timeout(nil, function() return "no end" end)) --> no end

-- The task itself is the same.
local me = task.current()
print(task.timeout(1000, function() return task.current() == me end)) --> true

-- Errors pass through, with the traceback of where they were raised.
local ok, e = pcall(task.timeout, 1000, error, {code = 7})
print(ok, e.code) --> false	7
local h = task.spawn(function()
  local function deep() error("boom") end
  task.timeout(1000, function() deep() end)
end)
local ok, e = pcall(h.join, h)
print(e.message) --> timeout.lua:29: boom
print((e.traceback:find("in upvalue 'deep'", 1, true) or e.traceback:find("in local 'deep'", 1, true)) ~= nil) --> true

print(pcall(task.timeout, "x", print)) --> false	bad argument #1 to 'timeout' (number expected, got string)
print(pcall(task.timeout, 0/0, print)) --> false	bad argument #1 to 'timeout' (number expected, got NaN)
print(pcall(task.timeout, 1)) --> false	bad argument #2 to 'timeout' (function expected, got no value)
