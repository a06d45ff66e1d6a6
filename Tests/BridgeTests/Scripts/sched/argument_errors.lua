-- Bad arguments are refused in Lua's own words, at the caller's line.
local function complaint(call)
  local ok, message = pcall(call)
  assert(not ok, "it was accepted")
  return (message:gsub("^argument_errors.lua:%d+: ", "", 1))
end
local function f() end
print(complaint(function() sched.enter("soon", 1, f) end)) --> bad argument #1 to 'enter' (number expected, got string)
print(complaint(function() sched.enter() end)) --> bad argument #1 to 'enter' (number expected, got no value)
print(complaint(function() sched.enter(1, nil, f) end)) --> bad argument #2 to 'enter' (number expected, got nil)
print(complaint(function() sched.enter(1, f) end)) --> bad argument #2 to 'enter' (number expected, got function)
print(complaint(function() sched.enter(1, 1) end)) --> bad argument #3 to 'enter' (function expected, got no value)
print(complaint(function() sched.enter(1, 1, "f") end)) --> bad argument #3 to 'enter' (function expected, got string)
print(complaint(function() sched.enter(nil) end)) --> bad argument #1 to 'enter' (number expected, got nil)
print(complaint(function() sched.enter(1, 1, nil) end)) --> bad argument #3 to 'enter' (function expected, got nil)
print(complaint(function() sched.cancel(nil) end)) --> bad argument #1 to 'cancel' (event expected, got nil)
print(complaint(function() sched.cancel() end)) --> bad argument #1 to 'cancel' (event expected, got no value)
print(complaint(function() sched.enterabs({}, 1, f) end)) --> bad argument #1 to 'enterabs' (number expected, got table)
print(complaint(function() sched.enterabs(1, 1, {}) end)) --> bad argument #3 to 'enterabs' (function expected, got table)
for _, bad in ipairs{0 / 0, math.huge} do
  print(complaint(function() sched.enter(bad, 1, f) end):match("^bad argument #1 to 'enter' %("))
end
--> bad argument #1 to 'enter' (
--> bad argument #1 to 'enter' (
print(complaint(function() sched.enterabs(0 / 0, 1, f) end):match("^bad argument #1 to 'enterabs' %(")) --> bad argument #1 to 'enterabs' (
print((complaint(function() sched.cancel(nil) end):match("^bad argument #1 to 'cancel' %("))) --> bad argument #1 to 'cancel' (
print((pcall(sched.cancel, {})), (pcall(sched.cancel))) --> false	false
print((pcall(sched.new, 1)), (pcall(sched.new, f, "x"))) --> false	false
print(sched.empty()) --> true
