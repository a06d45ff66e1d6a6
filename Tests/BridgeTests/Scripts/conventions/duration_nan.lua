--! args: --simulate 1d
-- A delay or timeout that is NaN is an argument error that names the argument.
local nan = 0 / 0
local ch = channel.new(1)
local h = task.spawn(function() return "fine" end)
local t = timer.after(1000, print)

local function refusal(fn)
  local ok, e = pcall(fn)
  return ok and "accepted" or tostring(e):match("bad argument #%d+ to '[%w_]+'") or e
end

print(refusal(function() sleep(nan) end)) --> bad argument #1 to 'sleep'
print(refusal(function() task.sleep(nan) end)) --> bad argument #1 to 'sleep'
print(refusal(function() sleep(-nan) end)) --> bad argument #1 to 'sleep'
print(refusal(function() ch:recv(nan) end)) --> bad argument #1 to 'recv'
print(refusal(function() ch:send(1, nan) end)) --> bad argument #2 to 'send'
print(refusal(function() channel.select({ ch }, nan) end)) --> bad argument #2 to 'select'
print(refusal(function() h:join(nan) end)) --> bad argument #1 to 'join'
print(refusal(function() h:wait(nan) end)) --> bad argument #1 to 'wait'
print(refusal(function() h:send(1, nan) end)) --> bad argument #2 to 'send'
print(refusal(function() timer.after(nan, print) end)) --> bad argument #1 to 'after'
print(refusal(function() timer.every(nan, print) end)) --> bad argument #1 to 'every'
print(refusal(function() t:restart(nan) end)) --> bad argument #1 to 'restart'

-- Nothing was sent, and nothing was harmed.
print(#ch, h:join()) --> 0	fine
print(t:cancel()) --> true
