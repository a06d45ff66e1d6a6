--! args: --simulate 1d
-- A deadline is for what runs in its function. A coroutine that was left inside it is not running.
local gen = coroutine.wrap(function()
  task.timeout(0.02, function()
    coroutine.yield("first")
    sleep(1000)
  end)
end)
print(gen()) --> first
sleep(0.04)
print("outside it there is no deadline") --> outside it there is no deadline
local ok, e = pcall(gen)
print(ok, e.kind) --> false	timeout

-- The same with code that does not wait.
local gen = coroutine.wrap(function()
  task.timeout(0.02, function()
    coroutine.yield("first")
    while true do end
  end)
end)
print(gen()) --> first
sleep(0.04)
local ok, e = pcall(gen)
print(ok, e.kind) --> false	timeout

-- Interleaved ones end each for itself.
local function make(time) return coroutine.wrap(function()
  task.timeout(time, function() coroutine.yield() coroutine.yield() end)
  return "ended"
end) end
local a, b = make(1000), make(2000)
a() b() a() b()
print(a(), b()) --> ended	ended
-- Some are never continued.
for _ = 1, 100 do pcall(make(0.001)) end
sleep(0.01)
print("fine") --> fine
