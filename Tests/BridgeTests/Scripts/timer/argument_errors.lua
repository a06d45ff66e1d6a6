-- Bad arguments of timer functions are refused in Lua's own words, at the caller's line.
local function complaint(call)
  local ok, message = pcall(call)
  assert(not ok, "it was accepted")
  return (message:gsub("^argument_errors.lua:%d+: ", "", 1))
end
local function f() end
print(complaint(function() timer.after("soon", f) end)) --> bad argument #1 to 'after' (number expected, got string)
print(complaint(function() timer.after(nil, f) end)) --> bad argument #1 to 'after' (number expected, got nil)
print(complaint(function() timer.after() end)) --> bad argument #1 to 'after' (number expected, got no value)
print(complaint(function() timer.after(1) end)) --> bad argument #2 to 'after' (function expected, got no value)
print(complaint(function() timer.after(1, "f") end)) --> bad argument #2 to 'after' (function expected, got string)
print(complaint(function() timer.every(1, nil) end)) --> bad argument #2 to 'every' (function expected, got nil)
print(complaint(function() timer.every({}, 1, 2) end)) --> bad argument #3 to 'every' (function expected, got number)
print(complaint(function() timer.after({}, {}, f) end)) --> bad argument #2 to 'after' (number expected, got table)

for _, number in ipairs{0 / 0, math.huge} do
  print(complaint(function() timer.after(number, f) end):match("^bad argument #1 to 'after' %("))
  print(complaint(function() timer.every(number, f) end):match("^bad argument #1 to 'every' %("))
end
--> bad argument #1 to 'after' (
--> bad argument #1 to 'every' (
--> bad argument #1 to 'after' (
--> bad argument #1 to 'every' (
for _, number in ipairs{0, -1, -math.huge, 0.0} do
  print(complaint(function() timer.every(number, f) end):match("^bad argument #1 to 'every' %("))
end
--> bad argument #1 to 'every' (
--> bad argument #1 to 'every' (
--> bad argument #1 to 'every' (
--> bad argument #1 to 'every' (

local message = complaint(function() timer.every({tims = 3}, 1, f) end)
print(message:match("^bad argument #1 to 'every' %(")) --> bad argument #1 to 'every' (
for word in ("tims times missed overlap immediate jitter name daemon on_error"):gmatch("%S+") do
  assert(message:find(word, 1, true), message)
end
print((pcall(timer.every, {missed = "sometimes"}, 1, f)), (pcall(timer.every, {on_error = "explode"}, 1, f))) --> false	false
-- Nothing was armed by all that, or the program would not end.
