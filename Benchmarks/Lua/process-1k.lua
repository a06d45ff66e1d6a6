-- Strings of 1 KiB from this process to a child over a channel.
-- Usage: luaconc process-1k.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 1000000

local function consume(ch)
  process.inbox:send(true)
  local bytes = 0
  for text in ch do bytes = bytes + #text end
  return timer.now(), bytes
end

local function run(count)
  local ch = channel.new()
  local consumer = process.spawn(consume, ch)
  consumer.inbox:recv()
  local text = string.rep("x", 1024)
  local start = timer.now()
  for _ = 1, count do ch:send(text) end
  ch:close()
  local finish, bytes = consumer:join()
  assert(bytes == count * 1024)
  return count / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
