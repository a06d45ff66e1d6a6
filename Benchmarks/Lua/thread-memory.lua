-- Memory of idle threads, each with its state, that wait for a message.
-- Usage: luaconc thread-memory.lua [threads]    Prints: bytes_per_item (growth of the resident set per thread)

local n = tonumber(arg[1]) or 500

local function resident()
  for line in io.lines("/proc/self/smaps_rollup") do
    local kib = line:match("^Rss:%s+(%d+)")
    if kib then return tonumber(kib) * 1024 end
  end
end

local function idle(ready, stop)
  ready:send(true)
  stop:recv()
end

local function start(count, ready, stop)
  local threads = {}
  for i = 1, count do threads[i] = thread.spawn(idle, ready, stop) end
  for _ = 1, count do ready:recv() end
  return threads
end

local ready, stop = channel.new(), channel.new()
local threads = { start(1, ready, stop) } -- warm-up

collectgarbage()
local before = resident()
threads[2] = start(n, ready, stop)
sleep(0.2) -- whoever said "ready" also gets to its recv
collectgarbage()
local after = resident()

stop:close()
for _, list in ipairs(threads) do
  for _, t in ipairs(list) do t:join() end
end
print("bytes_per_item", (after - before) / n)
