-- Timeouts, cancellations and ends of holders against each other: in the end the lock is free, and nobody was lost.
local lock, inside, wrong = sync.lock(), shared.counter(), shared.counter()
local function work(seed)
  math.randomseed(seed)
  local taken = 0
  for i = 1, 100 do
    local how = math.random(5)
    local t = task.spawn(function()
      local held = how == 1 and lock:acquire(math.random() / 2000) or how ~= 1 and lock:acquire()
      if not held then return end
      if inside:add() ~= 1 then wrong:add() end
      local leave <close> = setmetatable({}, {__close = function() inside:add(-1) end})
      if how == 2 then sleep(0) end
      if how == 3 then return end
      if how == 4 then error("boom", 0) end
      return held  -- which releases nothing
    end)
    if how == 5 then t:cancel() end
    if math.random(2) == 1 then t:wait() end
    if math.random(10) == 1 then
      sleep(0)
      t:cancel()
    end
    t:wait()
  end
end
local threads = {}
for i = 1, 4 do threads[i] = thread.spawn(work, i) end
for _, t in ipairs(threads) do t:join() end
print(wrong:get(), inside:get()) --> 0	0
local held = lock:acquire(1)
print(held ~= nil) --> true
