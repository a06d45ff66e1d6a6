-- Memory of sleeping tasks.
-- Usage: luaconc task-memory.lua [tasks]    Prints: bytes_per_item (growth of the resident set per task)

local n = tonumber(arg[1]) or 50000
local nap = 3

local function resident()
  for line in io.lines("/proc/self/smaps_rollup") do
    local kib = line:match("^Rss:%s+(%d+)")
    if kib then return tonumber(kib) * 1024 end
  end
end

task.spawn(function() sleep(0) end):join() -- warm-up

collectgarbage()
local before, start = resident(), timer.now()
for _ = 1, n do
  task.spawn(function() sleep(nap) end)
end
sleep(0.1) -- all of them start and fall asleep
collectgarbage()
local after = resident()

assert(timer.now() - start < nap, "the first task woke before the last one was measured")
print("bytes_per_item", (after - before) / n)
