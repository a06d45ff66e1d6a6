--! release
-- What a thread had goes back to the system although everybody else sleeps when it ends, and it is not kept for other
-- work.
local function resident()
  local file = io.open("/proc/self/statm")
  local _, pages = file:read("n", "n")
  file:close()
  return pages * 4 // 1024
end

local function hold(go, filled)
  local items = {}
  for i = 1, 300000 do items[i] = { i, i } end
  filled:send(true)
  go:recv()
  sleep(0.5)
  return #items
end

local function nothing(go) go:recv() end

local go, filled = channel.new(1), channel.new()
local threads = {}
for i = 1, 4 do threads[i] = thread.spawn(nothing, go) end
local large = thread.spawn(hold, go, filled)
filled:recv()
local before = resident()
for _ = 1, 5 do go:send(true) end
for _, t in ipairs(threads) do t:join() end
sleep(3)
print(large:status(), resident() < 16 + before // 10) --> done	true
