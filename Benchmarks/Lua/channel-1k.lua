-- Strings of 1 KiB from one thread to another over a channel.
-- Usage: luaconc channel-1k.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 2000000

local function produce(ch, count)
  local text = string.rep("x", 1024)
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
  local ch = channel.new()
  local consumer = thread.spawn(consume, ch)
  local producer = thread.spawn(produce, ch, count)
  local start = producer:join()
  local finish, bytes = consumer:join()
  assert(bytes == count * 1024)
  return count / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
