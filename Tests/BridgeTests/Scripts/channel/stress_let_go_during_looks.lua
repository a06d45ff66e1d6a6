-- Stress: channels that hold objects are let go of in several threads while others look for unreachable ones. None
-- stays behind, with what is in it.
local sanitized = os.getenv("TSAN_OPTIONS") ~= nil
local function resident() -- MiB
  local f <close> = io.open("/proc/self/statm")
  return select(2, f:read("n", "n")) * 4096 / 2^20
end

local function churn()
  local heavy = ("heavy"):rep(20000)
  for i = 1, 1500 do
    local carrier, inner = channel.new(), channel.new()
    carrier:send(inner)
    inner:send(carrier)
    inner:send(heavy)
    if i % 2 == 0 then inner:recv() end
    if i % 4 == 0 then
      carrier, inner = nil, nil
      collectgarbage()
    end
  end
end

local before = resident()
local threads = {}
for i = 1, 4 do threads[i] = thread.spawn(churn) end
for _, t in ipairs(threads) do t:join() end
local more = resident() - before
print(more < 100 or sanitized or more) --> true
