-- In a channel message the root is the value itself: the path goes on from there.
local co = coroutine.create(print)
local ch = channel.new()
local function refused(value, ...)
  local ok, e = pcall(ch.send, ch, value)
  local text = tostring(e)
  local found = not ok and text:find("cannot send value: ", 1, true) ~= nil
  for _, part in ipairs { ... } do found = found and text:find(part, 1, true) ~= nil end
  return found or text
end

print(refused(co, "is a coroutine")) --> true
print(refused({ items = { 1, 2, { conn = co } } }, "items[3].conn is a coroutine")) --> true
print(refused({ { { co } } }, "[1][1][1] is a coroutine")) --> true
print(refused({ a = { log = io.stdout } }, "a.log is a")) --> true
print(refused(string.gmatch("a", "a"))) --> true
print(#ch) --> 0

-- To an inbox as well.
local h = thread.spawn(function() return thread.inbox:recv() end)
local ok, e = pcall(h.send, h, { conn = co })
print(ok, tostring(e):find("conn is a coroutine", 1, true) ~= nil) --> false	true
h:send("sound")
print(h:join()) --> sound
