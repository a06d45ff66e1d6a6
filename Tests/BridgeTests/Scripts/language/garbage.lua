-- collectgarbage, finalizers and weak tables behave as under lua5.4, which starts in generational mode.
print(collectgarbage()) --> 0
print(collectgarbage("collect")) --> 0
print(math.type(collectgarbage("count"))) --> float
print(collectgarbage("isrunning")) --> true
print(collectgarbage("stop"), collectgarbage("isrunning")) --> 0	false
print(collectgarbage("restart"), collectgarbage("isrunning")) --> 0	true
print(collectgarbage("generational")) --> generational
print(collectgarbage("incremental")) --> generational
print(type(collectgarbage("step", 0))) --> boolean
print(pcall(collectgarbage, "nonsense")) --> false	bad argument #1 to 'collectgarbage' (invalid option 'nonsense')

local weak = setmetatable({}, {__mode = "v"})
weak[1], weak[2] = {}, "kept"
for i = 1, 2 do setmetatable({}, {__gc = function() print("finalized " .. i) end}) end
collectgarbage()
--> finalized 2
--> finalized 1
print(weak[1], weak[2]) --> nil	kept

-- A coroutine that nobody holds is collected; its to-be-closed variables are not run.
local held = setmetatable({}, {__mode = "k"})
do
  local co = coroutine.create(function()
    local c <close> = setmetatable({}, {__close = function() print("never") end})
    coroutine.yield()
  end)
  coroutine.resume(co)
  held[co] = true
end
collectgarbage()
print(next(held)) --> nil

-- Memory comes back.
local before = collectgarbage("count")
local big = string.rep("x", 8 << 20)
print(collectgarbage("count") - before > 8000) --> true
big = nil
collectgarbage()
print(collectgarbage("count") - before < 1000) --> true
