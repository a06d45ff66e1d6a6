-- coroutine.close and to-be-closed variables of coroutines behave as in stock Lua.
local function closing(name, failure)
  return setmetatable({}, {__close = function(_, err)
    print("close " .. name, err)
    if failure then error(failure, 0) end
  end})
end

local co = coroutine.create(function()
  local a <close> = closing("a")
  local b <close> = closing("b")
  coroutine.yield("pause")
end)
print(coroutine.resume(co)) --> true	pause
print(coroutine.close(co))
--> close b	nil
--> close a	nil
--> true
print(coroutine.status(co), coroutine.close(co)) --> dead	true

local failing = coroutine.create(function()
  local a <close> = closing("a")
  local b <close> = closing("b", "b failed")
  coroutine.yield()
end)
coroutine.resume(failing)
print(coroutine.close(failing))
--> close b	nil
--> close a	b failed
--> false	b failed

local errored = coroutine.create(function()
  local a <close> = closing("a")
  error("boom", 0)
end)
print(coroutine.resume(errored)) --> false	boom
print(coroutine.close(errored))
--> close a	boom
--> false	boom
print(coroutine.close(errored)) --> true

-- A wrap that fails closes its variables before the error goes on.
print(pcall(coroutine.wrap(function()
  local a <close> = closing("wrapped")
  error("w", 0)
end)))
--> close wrapped	w
--> false	w

-- A generic for closes its fourth value, also when the loop is left by break.
local function iterator() return coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end), nil, nil, closing("loop") end
for i in iterator() do
  if i == 2 then break end
end
--> close loop	nil
