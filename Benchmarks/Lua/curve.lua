-- So many tasks, threads, channels, timers or processes at once: for `bench --curve`.
-- Usage: luaconc curve.lua KIND COUNT    Prints: ns_per_item (making and ending one, the best of several rounds)

local kind, n = arg[1], tonumber(arg[2]) or 1

-- Starts `n` that all wait at the same gate, opens it and waits for their ends.
local function start(spawn)
  local function wait(gate) gate:recv() end
  return function(gate)
    local handles = {}
    for i = 1, n do handles[i] = spawn(wait, gate) end
    gate:close()
    for i = 1, n do handles[i]:join() end
  end
end

local kinds = {
  tasks = start(task.spawn),
  threads = start(thread.spawn),
  processes = start(process.spawn),
  -- Each is used once.
  channels = function()
    local channels = {}
    for i = 1, n do
      channels[i] = channel.new(1)
      channels[i]:send(i)
    end
    for i = 1, n do assert(channels[i]:recv() == i) end
  end,
  -- Each goes through the queue and rings.
  timers = function()
    local rung = 0
    local function ring() rung = rung + 1 end
    local last
    for i = 1, n do last = timer.after((i * 7919 % n + 1) * 1e-9, ring) end
    while rung < n do task.yield() end
  end,
}

local round = kinds[kind]
round(channel.new()) -- warm-up
local best, rounds, start = math.huge, 0, timer.now()
repeat
  local gate = channel.new()
  collectgarbage()
  local from = timer.now()
  round(gate)
  best = math.min(best, timer.now() - from)
  rounds = rounds + 1
until rounds >= 5 and timer.now() - start > 0.3 or timer.now() - start > 30
print("ns_per_item", best / n * 1e9)
