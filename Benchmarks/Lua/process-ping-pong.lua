-- An integer to a child process and back, one at a time, over two channels.
-- Usage: luaconc process-ping-pong.lua [rounds]    Prints: ns_per_op (one round trip)

local n = tonumber(arg[1]) or 50000

local function pong(there, back)
  for v in there do back:send(v) end
end

local function run(count)
  local there, back = channel.new(), channel.new()
  local p = process.spawn(pong, there, back)
  there:send(0)
  back:recv()
  local start = timer.now()
  for i = 1, count do
    there:send(i)
    assert(back:recv() == i)
  end
  local elapsed = timer.now() - start
  there:close()
  p:join()
  return elapsed / count
end

run(n // 10) -- warm-up
print("ns_per_op", run(n) * 1e9)
