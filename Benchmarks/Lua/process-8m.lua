-- Strings of 8 MiB from this process to a child over a channel with room for four.
-- Usage: luaconc process-8m.lua [messages]    Prints: bytes_per_s (first send to last receive)

local n = tonumber(arg[1]) or 128
local size = 8 << 20

local function consume(ch)
  process.inbox:send(true)
  local bytes = 0
  for text in ch do bytes = bytes + #text end
  return timer.now(), bytes
end

local function run(count)
  local ch = channel.new(4)
  local consumer = process.spawn(consume, ch)
  consumer.inbox:recv()
  local text = string.rep("x", size)
  local start = timer.now()
  for _ = 1, count do ch:send(text) end
  ch:close()
  local finish, bytes = consumer:join()
  assert(bytes == count * size)
  return bytes / (finish - start)
end

run(n // 10) -- warm-up
print("bytes_per_s", run(n))
