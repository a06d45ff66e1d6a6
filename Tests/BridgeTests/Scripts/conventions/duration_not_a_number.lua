--! args: --simulate 1d
-- A delay or timeout that is no number is an argument error in Lua's own wording.
local ch = channel.new(1)
local h = task.spawn(function() return "fine" end)

local function refusal(fn)
  local ok, e = pcall(fn)
  return ok and "accepted" or tostring(e):match("bad argument.*") or e
end

print(refusal(function() sleep() end)) --> bad argument #1 to 'sleep' (number expected, got no value)
print(refusal(function() sleep({}) end)) --> bad argument #1 to 'sleep' (number expected, got table)
print(refusal(function() task.sleep("soon") end)) --> bad argument #1 to 'sleep' (number expected, got string)
print(refusal(function() sleep(true) end)) --> bad argument #1 to 'sleep' (number expected, got boolean)
print(refusal(function() ch:recv({}) end)) --> bad argument #1 to 'recv' (number expected, got table)
print(refusal(function() ch:send(1, "soon") end)) --> bad argument #2 to 'send' (number expected, got string)
print(refusal(function() h:join("soon") end)) --> bad argument #1 to 'join' (number expected, got string)
print(refusal(function() h:wait(print) end)) --> bad argument #1 to 'wait' (number expected, got function)
print(refusal(function() channel.select({ ch }, "soon") end)) --> bad argument #2 to 'select' (number expected, got string)

-- `false` is not nil: it does not mean "no timeout".
print(refusal(function() ch:recv(false) end)) --> bad argument #1 to 'recv' (number expected, got boolean)
print(#ch, h:join()) --> 0	fine
