--! args: --simulate 1d
-- A delay of math.huge is an argument error, one of -math.huge is due at once.
local function refusal(fn)
  local ok, e = pcall(fn)
  return ok and "accepted" or tostring(e):match("bad argument #%d+ to '[%w_]+'") or e
end

local t = timer.after(1000, print)
print(refusal(function() sleep(math.huge) end)) --> bad argument #1 to 'sleep'
print(refusal(function() task.sleep(math.huge) end)) --> bad argument #1 to 'sleep'
print(refusal(function() timer.after(math.huge, print) end)) --> bad argument #1 to 'after'
print(refusal(function() t:restart(math.huge) end)) --> bad argument #1 to 'restart'
print(t:cancel()) --> true

sleep(-math.huge)
print("slept") --> slept
timer.after(-math.huge, function() print("fired") end):join() --> fired
