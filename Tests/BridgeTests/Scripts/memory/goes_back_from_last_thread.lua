--! release
-- What a thread had goes back to the system although everybody else sleeps when it ends, and it is not kept for other
-- work.
local function resident()
  local file = io.open("/proc/self/statm")
  local _, pages = file:read("n", "n")
  file:close()
  return pages * 4 // 1024
end

local function hold(last, filled)
  local items = {}
  for i = 1, 300000 do items[i] = { i, i } end
  filled:send(true)
  last:recv()
  return #items
end

local function nothing(go) go:recv() end

local go, last, filled = channel.new(1), channel.new(), channel.new()
local threads = {}
for i = 1, 4 do threads[i] = thread.spawn(nothing, go) end
local large = thread.spawn(hold, last, filled)
filled:recv()
local before = resident()
for _ = 1, 4 do go:send(true) end
for _, t in ipairs(threads) do t:join() end
last:send(true)
-- Another program looks, since this one is to sleep.
local looks = [[
  for i in $(seq 600); do
    read _ pages _ < /proc/$0/statm
    [ $((pages / 256)) -lt $1 ] && exit
    sleep 0.1
  done]]
process.run("sh", "-c", looks, process.pid(), 16 + before // 10)
print(large:status(), resident() < 16 + before // 10) --> done	true
