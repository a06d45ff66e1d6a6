-- Small tables {id, name, v} from this process to a child over a channel, a new table for each message.
-- Usage: luaconc process-tables.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 1000000

local function consume(ch)
  process.inbox:send(true)
  local ids, values = 0, 0
  for item in ch do
    ids = ids + item.id
    values = values + item.v
  end
  return timer.now(), ids, values
end

local function run(count)
  local ch = channel.new()
  local consumer = process.spawn(consume, ch)
  consumer.inbox:recv()
  local start = timer.now()
  for i = 1, count do ch:send({ id = i, name = "alpha", v = i * 0.5 }) end
  ch:close()
  local finish, ids, values = consumer:join()
  assert(ids == count * (count + 1) // 2 and values == ids * 0.5)
  return count / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
