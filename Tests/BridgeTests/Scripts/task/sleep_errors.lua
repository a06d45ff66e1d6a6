-- sleep refuses what is no finite number of seconds, in Lua's own words and at the caller's line.
local function complaint(call)
  local ok, message = pcall(call)
  assert(not ok, "it was accepted")
  return message
end
print(complaint(function() sleep({}) end))
--> sleep_errors.lua:7: bad argument #1 to 'sleep' (number expected, got table)
print(complaint(function() sleep(nil) end))
--> sleep_errors.lua:9: bad argument #1 to 'sleep' (number expected, got nil)
print(complaint(function() sleep() end))
--> sleep_errors.lua:11: bad argument #1 to 'sleep' (number expected, got no value)
print(complaint(function() task.sleep("soon") end))
--> sleep_errors.lua:13: bad argument #1 to 'sleep' (number expected, got string)

for _, number in ipairs{0 / 0, -(0 / 0), math.huge} do
  print(complaint(function() sleep(number) end):match("^sleep_errors.lua:%d+: bad argument #1 to 'sleep' %(.+%)$") ~= nil)
end
--> true
--> true
--> true
--! args: --simulate 1d
