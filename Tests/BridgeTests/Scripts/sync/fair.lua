-- A thread that takes the lock again and again cannot starve one that asks now and then; nor can two of them.
local lock, stop = sync.lock(), sync.event()
local hogs = {}
for i = 1, 2 do
  hogs[i] = thread.spawn(function()
    local n = 0
    while not stop:is_set() do
      local held <close> = lock:acquire()
      n = n + 1
    end
    return n
  end)
end
for _ = 1, 100 do
  local held <close> = lock:acquire()
  sleep(0.0001)
end
stop:set()
for _, t in ipairs(hogs) do print(t:join() > 0) end
--> true
--> true

-- Nor can tasks of one state that never wait for anything else.
local n, over = 0, false
local hog = task.spawn(function()
  while not over do
    local held <close> = lock:acquire()
    n = n + 1
  end
end)
for _ = 1, 10 do lock:with(sleep, 0) end
over = true
hog:join()
print(n > 0) --> true
