-- A deadline that has passed when code begins to run, or goes on, ends that code as any other does.
local function forever() while true do end end
local function spin(seconds)
  local start = os.clock()
  while os.clock() - start < seconds do end
end

-- It is nearer than the clock can tell.
for n = 1, 200 do
  local ok, e = pcall(task.timeout, n * 1e-9, forever)
  assert(not ok and e.kind == "timeout")
end
print("all have ended") --> all have ended

-- It passed while code ran that it could not end.
local ok, e = pcall(task.timeout, 0.001, function()
  pcall(task.shield, spin, 0.01)
  forever()
end)
print(ok, e.kind) --> false	timeout
local ok, e = pcall(task.timeout, 0.001, function()
  do
    local handler <close> = setmetatable({}, {__close = function() spin(0.01) end})
  end
  forever()
end)
print(ok, e.kind) --> false	timeout

-- It passed while other code ran, and the coroutine in it was left.
local resume = coroutine.wrap(function()
  return pcall(task.timeout, 0.001, function()
    coroutine.yield()
    forever()
  end)
end)
resume()
spin(0.01)
local ok, e = resume()
print(ok, e.kind) --> false	timeout
