-- pcall, xpcall and error keep any value and any level, as in stock Lua.
print(pcall(error)) --> false	nil
print(pcall(error, nil)) --> false	nil
print(pcall(error, 42)) --> false	42
print(math.type(select(2, pcall(error, 42)))) --> integer
local object = setmetatable({}, {__tostring = function() return "an object" end})
local ok, value = pcall(error, object)
print(ok, value == object, value) --> false	true	an object
print(select("#", pcall(error))) --> 2

local function level(n) error("at level " .. n, n) end
print(pcall(function() level(0) end)) --> false	at level 0
print(pcall(function() level(1) end)) --> false	error_values.lua:11: at level 1
print(pcall(function() level(2) end)) --> false	error_values.lua:14: at level 2

print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil)) --> true	2	1	nil
print(xpcall(error, function(m) return m .. "!", "dropped" end, "x")) --> false	x!
print(pcall(pcall)) --> false	bad argument #1 to 'pcall' (value expected)
print(pcall(pcall, error, "inner")) --> true	false	inner
print(select("#", pcall(function() end))) --> 1

-- Endless recursion is an error, in Lua and through C.
local function deep() return deep() + 1 end
local fine, message = pcall(deep)
print(fine, message:match("stack overflow")) --> false	stack overflow
local function through_c() return (pcall(through_c)) end
print(through_c()) --> true
local function nested() return coroutine.wrap(nested)() end
fine, message = pcall(nested)
print(fine, tostring(message):match("C stack overflow")) --> false	C stack overflow
print(xpcall(deep, function() return "handled" end)) --> false	handled
