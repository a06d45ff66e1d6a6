-- Memory held by 8-MiB strings in flight: a sender fills a channel with room for four while nobody receives.
-- Usage: luaconc channel-in-flight.lua [capacity]    Prints: messages (growth of the resident set / 8 MiB)

local capacity = tonumber(arg[1]) or 4
local size = 8 << 20

local function resident()
  for line in io.lines("/proc/self/smaps_rollup") do
    local kib = line:match("^Rss:%s+(%d+)")
    if kib then return tonumber(kib) * 1024 end
  end
end

local function produce(ch, ready, go)
  local text = string.rep("x", size)
  collectgarbage()
  ready:send(true)
  go:recv()
  for _ = 1, 2 * capacity do ch:send(text) end
  ch:close()
end

local ch, ready, go = channel.new(capacity), channel.new(), channel.new()
local producer = thread.spawn(produce, ch, ready, go)
ready:recv()
local before = resident()
go:send(true)
sleep(0.3) -- the producer fills the channel and waits
local after = resident()

for text in ch do assert(#text == size) end
producer:join()
print("messages", (after - before) / size)
