--! args: --simulate 1d
-- Close handlers may sleep, also those that coroutine.close, a leaving error or the end of a for loop runs.
local function slow(name)
  return setmetatable({}, {__close = function(_, err)
    sleep(0.001)
    print("closed " .. name, err)
  end})
end

local co = coroutine.create(function()
  local a <close> = slow("a")
  local b <close> = slow("b")
  coroutine.yield()
end)
coroutine.resume(co)
print(coroutine.close(co))
--> closed b	nil
--> closed a	nil
--> true

print(pcall(function()
  local c <close> = slow("c")
  sleep(0.001)
  error("boom", 0)
end))
--> closed c	boom
--> false	boom

for _ in function() sleep(0.001) return nil end, nil, nil, slow("for") do end
--> closed for	nil

print(pcall(coroutine.wrap(function()
  local d <close> = slow("d")
  sleep(0.001)
  error("wrapped", 0)
end)))
--> closed d	wrapped
--> false	wrapped

local function tail()
  local e <close> = slow("e")
  return "result", sleep(0.001)
end
print((tail()))
--> closed e	nil
--> result
