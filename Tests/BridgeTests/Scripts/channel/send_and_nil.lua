-- nil cannot be sent, false can; send returns true.
local ch = channel.new(5)
local function refused(...)
  local ok, e = pcall(ch.send, ch, ...)
  return not ok and #tostring(e) > 0
end
print(refused(nil), refused(), refused(nil, 0)) --> true	true	true
print(#ch) --> 0
print(ch:send(false), ch:send(0), ch:send(""), ch:send({})) --> true	true	true	true
print(#ch, ch:recv(), ch:recv(), ch:recv() == "", next(ch:recv())) --> 4	false	0	true	nil

-- On a closed channel too the nil is what is wrong, or the closing: an error in any case.
ch:close()
print(refused(nil)) --> true

-- A false does not end a loop.
local list = channel.new()
for _, v in ipairs { 1, false, 2, false } do list:send(v) end
list:close()
local n = 0
for v in list do n = n + 1 io.write(tostring(v), " ") end
print(n) --> 1 false 2 false 4
