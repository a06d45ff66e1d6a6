-- Integers from one task to another, through a channel of the default capacity.
-- Usage: luaconc task-channel.lua [messages]    Prints: ops_per_s

local n = tonumber(arg[1]) or 4000000

local function run(count)
  local ch = channel.new()
  local sum = task.spawn(function()
    local s = 0
    for v in ch do s = s + v end
    return s
  end)
  local start = timer.now()
  for i = 1, count do ch:send(i) end
  ch:close()
  assert(sum:join() == count * (count + 1) // 2)
  return timer.now() - start
end

run(n // 10) -- warm-up
print("ops_per_s", n / run(n))
