-- Memory that is shared with child processes goes back to the system when nothing was sent for a while.
local function shared()
  for line in io.lines("/proc/self/status") do
    local size = line:match("^RssShmem:%s+(%d+)")
    if size then return tonumber(size) end
  end
end

local function consume(ch, back)
  local count = 0
  for v in ch do
    count = count + 1
    back:send(v)
  end
  return count
end

local ch, back = channel.new(100), channel.new(100)
local child = process.spawn(consume, ch, back)
local function run(n, value)
  local feeder = task.spawn(function() for _ = 1, n do ch:send(value) end end)
  for _ = 1, n do back:recv() end
  feeder:join()
end

local most = 0
for _ = 1, 2 do
  run(20, ("x"):rep(8 << 20))
  run(5000, ("x"):rep(1000))
  most = math.max(most, shared())
  while shared() > 512 do task.sleep(0.1) end
end
print(most > 4096) --> true
ch:close()
print(child:join()) --> 10040
