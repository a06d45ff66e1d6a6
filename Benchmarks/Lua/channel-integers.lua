-- Integers from one thread to another over a channel.
-- Usage: luaconc channel-integers.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 4000000

local function produce(ch, count)
  local start = timer.now()
  for i = 1, count do ch:send(i) end
  ch:close()
  return start
end

local function consume(ch)
  local sum = 0
  for v in ch do sum = sum + v end
  return timer.now(), sum
end

local function run(count)
  local ch = channel.new()
  local consumer = thread.spawn(consume, ch)
  local producer = thread.spawn(produce, ch, count)
  local start = producer:join()
  local finish, sum = consumer:join()
  assert(sum == count * (count + 1) // 2)
  return count / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
