--! args: --simulate 1d
-- What has begun to close when a deadline passes, or the work is cancelled, runs to its end; the ending is heard after
-- it, unless what is ended has its result by then.
local function closing(f) return setmetatable({}, {__close = f}) end
local function try(name, f)
  local began, ended
  local ok, e = pcall(task.timeout, 5, f, function()
    began = true
    sleep(6)
    ended = true
  end)
  print(name, ok, ok or e.kind, began, ended, timer.now() // 1)
end

try("block", function(slow) do local c <close> = closing(slow) end sleep(100) end)
--> block	false	timeout	true	true	6.0
try("return", function(slow) local c <close> = closing(slow) return 1 end)
--> return	true	true	true	true	12.0
try("loop", function(slow) for _ in function(_, i) return i == nil and 1 or nil end, nil, nil, closing(slow) do end end)
--> loop	true	true	true	true	18.0
try("tail call", function(slow) do local c <close> = closing(function() return slow() end) end end)
--> tail call	true	true	true	true	24.0
try("error", function(slow)
  pcall(function()
    local c <close> = closing(slow)
    error("oh")
  end)
end)
--> error	true	true	true	true	30.0
try("coroutine that is closed", function(slow)
  local co = coroutine.create(function()
    local c <close> = closing(slow)
    coroutine.yield()
  end)
  coroutine.resume(co)
  coroutine.close(co)
end)
--> coroutine that is closed	false	timeout	true	true	36.0
try("nested", function(slow)
  local first <close> = closing(function() print("outer") end)
  local second <close> = closing(slow)
end)
--> outer
--> nested	true	true	true	true	42.0

-- A deadline inside of a handler holds.
try("inside", function()
  local c <close> = closing(function()
    sleep(5.5)
    print(select(2, pcall(task.timeout, 0.5, sleep, 100)).kind)
    print(pcall(task.timeout, 0.5, sleep, 0.2))
  end)
end)
--> timeout
--> true
--> inside	true	true	nil	nil	48.0

-- A handler has the grace.
local h = task.spawn(function()
  do
    local c <close> = closing(function()
      print(pcall(sleep, 1))
      pcall(sleep, 10)
      print("not reached")
    end)
  end
end)
sleep(0.5)
local cancelled = timer.now()
h:cancel()
print(h:wait(), timer.now() - cancelled)
--> true
--> cancelled	2.0
