-- thread.spawn names what is wrong with its arguments, in Lua's own words and at the caller's line.
local function complaint(call)
  local ok, message = pcall(call)
  assert(not ok, "it was accepted")
  return message
end
print(complaint(function() thread.spawn(nil) end))
--> spawn_errors.lua:7: bad argument #1 to 'spawn' (function or file name expected, got nil)
print(complaint(function() thread.spawn() end))
--> spawn_errors.lua:9: bad argument #1 to 'spawn' (function or file name expected, got no value)
print(complaint(function() thread.spawn(true) end))
--> spawn_errors.lua:11: bad argument #1 to 'spawn' (function or file name expected, got boolean)
print(complaint(function() thread.spawn({name = "dum"}) end))
--> spawn_errors.lua:13: bad argument #2 to 'spawn' (function or file name expected, got no value)
print(complaint(function() thread.spawn({}, {}) end))
--> spawn_errors.lua:15: bad argument #2 to 'spawn' (function or file name expected, got table)

-- An unknown option is named, and those known are listed.
local message = complaint(function() thread.spawn({nmae = "dum"}, print) end)
print(message:match("^spawn_errors.lua:19: bad argument #1 to 'spawn'") ~= nil) --> true
for _, word in ipairs{"nmae", "name", "daemon", "on_error"} do
  assert(message:find(word, 1, true), message)
end

-- What cannot be sent is refused before anything starts, with the path to it.
local co = coroutine.create(print)
print(select(2, pcall(thread.spawn, print, co)):match("cannot send value: args%[1%] is a coroutine")) --> cannot send value: args[1] is a coroutine
print(select(2, pcall(thread.spawn, print, 1, {items = {1, 2, {conn = co}}})):match("cannot send value: .*"))
--> cannot send value: args[2].items[3].conn is a coroutine
print((pcall(thread.spawn, print, io.stdout))) --> false
local function uses_coroutine() return co end
print((pcall(thread.spawn, uses_coroutine))) --> false
