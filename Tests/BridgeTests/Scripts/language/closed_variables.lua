-- To-be-closed variables close in order, once, with the error, through returns, breaks, goto and yields.
local function closing(name)
  return setmetatable({}, {__close = function(_, err) print("close " .. name, err) end})
end
do
  local a <close> = closing("a")
  local b <close> = closing("b")
  local n <close> = nil
  local f <close> = false
  print("body") --> body
end
--> close b	nil
--> close a	nil
local function returns()
  local r <close> = closing("r")
  return "value", nil
end
print(returns()) --> close r	nil
--> value	nil
for i = 1, 2 do
  local l <close> = closing("loop " .. i)
  if i == 2 then goto out end
end
::out::
--> close loop 1	nil
--> close loop 2	nil
print(pcall(function()
  local outer <close> = closing("outer")
  local inner <close> = setmetatable({}, {__close = function(_, err)
    print("inner sees", err)
    error("replaced", 0)
  end})
  error("first", 0)
end))
--> inner sees	first
--> close outer	replaced
--> false	replaced
print(pcall(function() local bad <close> = {} end))
--> false	closed_variables.lua:38: variable 'bad' got a non-closable value
local co = coroutine.wrap(function()
  local y <close> = setmetatable({}, {__close = function() coroutine.yield("yielded in close") end})
  return "result"
end)
print(co()) --> yielded in close
print(co()) --> result
