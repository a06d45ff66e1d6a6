-- Threads exclude each other: nothing that is not atomic by itself is lost.
local lock, m = sync.lock(), shared.map()
m:set("n", 0)
local threads = {}
for i = 1, 4 do
  threads[i] = thread.spawn(function()
    for _ = 1, 500 do
      local held <close> = lock:acquire()
      m:set("n", m:get("n") + 1)
    end
    return lock
  end)
end
for _, t in ipairs(threads) do print(t:join() == lock) end
--> true
--> true
--> true
--> true
print(m:get("n")) --> 2000
