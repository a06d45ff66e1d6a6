-- Integers from four threads to four others over one channel.
-- Usage: luaconc channel-many.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 2000000
local senders, receivers = 4, 4

local function produce(ch, count)
  local start = timer.now()
  for i = 1, count do ch:send(i) end
  return start
end

local function consume(ch)
  local sum = 0
  for v in ch do sum = sum + v end
  return timer.now(), sum
end

local function run(count)
  local each = count // senders
  local ch = channel.new()
  local consumers, producers = {}, {}
  for i = 1, receivers do consumers[i] = thread.spawn(consume, ch) end
  for i = 1, senders do producers[i] = thread.spawn(produce, ch, each) end
  local start, finish, sum = math.huge, 0, 0
  for _, h in ipairs(producers) do start = math.min(start, h:join()) end
  ch:close()
  for _, h in ipairs(consumers) do
    local ended, part = h:join()
    finish, sum = math.max(finish, ended), sum + part
  end
  assert(sum == senders * (each * (each + 1) // 2))
  return senders * each / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
