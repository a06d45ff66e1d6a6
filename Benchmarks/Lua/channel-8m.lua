-- Strings of 8 MiB from one thread to another over a channel with room for four.
-- Usage: luaconc channel-8m.lua [messages]    Prints: bytes_per_s (first send to last receive)

local n = tonumber(arg[1]) or 256
local size = 8 << 20

local function produce(ch, count)
  local text = string.rep("x", size)
  local start = timer.now()
  for _ = 1, count do ch:send(text) end
  ch:close()
  return start
end

local function consume(ch)
  local bytes = 0
  for text in ch do bytes = bytes + #text end
  return timer.now(), bytes
end

local function run(count)
  local ch = channel.new(4)
  local consumer = thread.spawn(consume, ch)
  local producer = thread.spawn(produce, ch, count)
  local start = producer:join()
  local finish, bytes = consumer:join()
  assert(bytes == count * size)
  return bytes / (finish - start)
end

run(n // 10) -- warm-up
print("bytes_per_s", run(n))
