-- task.spawn names what is wrong with its arguments, in Lua's own words and at the caller's line.
local function complaint(call)
  local ok, message = pcall(call)
  assert(not ok, "it was accepted")
  return message
end
print(complaint(function() task.spawn(nil) end):match("^spawn_errors.lua:7: bad argument #1 to 'spawn' %(function.* expected, got nil%)$") ~= nil) --> true
print(complaint(function() task.spawn() end):match("bad argument #1 to 'spawn' %(function.* expected, got no value%)$") ~= nil) --> true
print(complaint(function() task.spawn(true) end):match("bad argument #1 to 'spawn' %(function.* expected, got boolean%)$") ~= nil) --> true
print(complaint(function() task.spawn({}, true) end):match("bad argument #2 to 'spawn' %(function.* expected, got boolean%)$") ~= nil) --> true
print(complaint(function() task.spawn({name = "dum"}) end):match("bad argument #2 to 'spawn' %(function.* expected, got no value%)$") ~= nil) --> true

-- An unknown option is named, and those known are listed.
local message = complaint(function() task.spawn({nmae = "dum"}, print) end)
print(message:match("^spawn_errors.lua:14: bad argument #1 to 'spawn'") ~= nil) --> true
for _, word in ipairs{"nmae", "name", "daemon", "on_error"} do
  assert(message:find(word, 1, true), message)
end
-- Nothing was spawned by the bad calls.
print(#task.list()) --> 1
