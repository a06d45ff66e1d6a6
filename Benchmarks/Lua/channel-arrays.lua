-- Tables of 1000 integers from one thread to another over a channel.
-- Usage: luaconc channel-arrays.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 100000

local function produce(ch, count)
  local list = {}
  for i = 1, 1000 do list[i] = i end
  local start = timer.now()
  for i = 1, count do
    list[1] = i
    ch:send(list)
  end
  ch:close()
  return start
end

local function consume(ch)
  local sum = 0
  for list in ch do sum = sum + list[1] + #list end
  return timer.now(), sum
end

local function run(count)
  local ch = channel.new()
  local consumer = thread.spawn(consume, ch)
  local producer = thread.spawn(produce, ch, count)
  local start = producer:join()
  local finish, sum = consumer:join()
  assert(sum == count * (count + 1) // 2 + 1000 * count)
  return count / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
