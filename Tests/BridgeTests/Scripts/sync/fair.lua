-- A thread that takes the lock again and again cannot starve one that asks now and then; nor can two of them.
local lock, stop = sync.lock(), sync.event()
local hogs, counts = {}, {shared.counter(), shared.counter()}
for i, count in ipairs(counts) do
  hogs[i] = thread.spawn(function()
    while not stop:is_set() do
      local held <close> = lock:acquire()
      count:add()
    end
  end)
end
local asked = 0
repeat
  local held <close> = lock:acquire()
  asked = asked + 1
  sleep(0)
until asked >= 100 and counts[1]:get() >= 100 and counts[2]:get() >= 100
stop:set()
for _, t in ipairs(hogs) do print(t:wait()) end
--> done
--> done

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
