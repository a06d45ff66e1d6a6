-- Integers from this process to a child over a channel.
-- Usage: luaconc process-integers.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 2000000

local function consume(ch)
  process.inbox:send(true)
  local sum = 0
  for v in ch do sum = sum + v end
  return timer.now(), sum
end

local function run(count)
  local ch = channel.new()
  local consumer = process.spawn(consume, ch)
  consumer.inbox:recv()
  local start = timer.now()
  for i = 1, count do ch:send(i) end
  ch:close()
  local finish, sum = consumer:join()
  assert(sum == count * (count + 1) // 2)
  return count / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
