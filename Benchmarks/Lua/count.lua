-- One of the hot paths, so many times: for `bench --count`, which counts its instructions. It measures nothing itself.
-- Usage: luaconc count.lua NAME [times]

local name, n = arg[1], tonumber(arg[2]) or 1000

local paths = {}

paths["task-spawn"] = function()
  local function work(i) return i end
  for i = 1, n do assert(task.spawn(work, i):join() == i) end
end

paths["task-ping-pong"] = function()
  local there, back = channel.new(), channel.new()
  task.spawn(function()
    for v in there do back:send(v) end
  end)
  for i = 1, n do
    there:send(i)
    assert(back:recv() == i)
  end
  there:close()
end

-- Without room in the channel each side waits for the other.
paths["channel-wait"] = function()
  local ch = channel.new(0)
  task.spawn(function()
    for i = 1, n do ch:send(i) end
    ch:close()
  end)
  local sum = 0
  for v in ch do sum = sum + v end
  assert(sum == n * (n + 1) // 2)
end

paths["timer-ring"] = function()
  local function ring() end
  for i = 1, n do timer.after(i * 7919 % n * 1e-9, ring) end
end

paths["sched-event"] = function()
  local now, done = 0, 0
  local s = sched.new(function() return now end, function(seconds) now = now + seconds end)
  local function event() done = done + 1 end
  for i = 1, n do s:enter(i * 7919 % 1000003 / 1000, 1, event) end
  s:run()
  assert(done == n)
end

assert(paths[name], "no such path: " .. tostring(name))()
