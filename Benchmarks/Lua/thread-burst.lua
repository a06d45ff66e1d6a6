-- Many threads at once, then all are joined.
-- Usage: luaconc thread-burst.lua [threads]    Prints: ns_per_op (one thread)

local n = tonumber(arg[1]) or 200
local rounds = 10

local function work(i) return i end

local function run()
  local handles = {}
  for i = 1, n do handles[i] = thread.spawn(work, i) end
  for i = 1, n do assert(handles[i]:join() == i) end
end

run() -- warm-up
local start = timer.now()
for _ = 1, rounds do run() end
print("ns_per_op", (timer.now() - start) / (rounds * n) * 1e9)
