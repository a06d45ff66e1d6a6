-- An integer to another thread and back, one at a time, over two channels.
-- Usage: luaconc ping-pong.lua [rounds]    Prints: ns_per_op (one round trip)

local n = tonumber(arg[1]) or 100000

local function ping(there, back, count)
  local start = timer.now()
  for i = 1, count do
    there:send(i)
    assert(back:recv() == i)
  end
  local elapsed = timer.now() - start
  there:close()
  return elapsed
end

local function pong(there, back)
  for v in there do back:send(v) end
end

local function run(count)
  local there, back = channel.new(), channel.new()
  local b = thread.spawn(pong, there, back)
  local a = thread.spawn(ping, there, back, count)
  local elapsed = a:join()
  b:join()
  return elapsed / count
end

run(n // 10) -- warm-up
print("ns_per_op", run(n) * 1e9)
