-- An integer to another task and back, one at a time, over two channels.
-- Usage: luaconc task-ping-pong.lua [rounds]    Prints: ns_per_op (one round trip)

local n = tonumber(arg[1]) or 500000

local function run(count)
  local there, back = channel.new(), channel.new()
  local pong = task.spawn(function()
    for v in there do back:send(v) end
  end)
  local start = timer.now()
  for i = 1, count do
    there:send(i)
    assert(back:recv() == i)
  end
  local elapsed = timer.now() - start
  there:close()
  pong:join()
  return elapsed / count
end

run(n // 10) -- warm-up
print("ns_per_op", run(n) * 1e9)
