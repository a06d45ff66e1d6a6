-- Small tables {id, name, v} from one thread to another over a channel, a new table for each message.
-- Usage: luaconc channel-tables.lua [messages]    Prints: ops_per_s (first send to last receive)

local n = tonumber(arg[1]) or 2000000

local function produce(ch, count)
  local start = timer.now()
  for i = 1, count do ch:send({ id = i, name = "alpha", v = i * 0.5 }) end
  ch:close()
  return start
end

local function consume(ch)
  local ids, values = 0, 0
  for item in ch do
    ids = ids + item.id
    values = values + item.v
  end
  return timer.now(), ids, values
end

local function run(count)
  local ch = channel.new()
  local consumer = thread.spawn(consume, ch)
  local producer = thread.spawn(produce, ch, count)
  local start = producer:join()
  local finish, ids, values = consumer:join()
  assert(ids == count * (count + 1) // 2 and values == ids * 0.5)
  return count / (finish - start)
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
