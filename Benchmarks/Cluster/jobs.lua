-- jobs.lua URL trip|drain|cpu COUNT LUACONC [WORKERS]: prints one figure.
local cluster = require "cluster"
local url, what, count, luaconc, workers = arg[1], arg[2], tonumber(arg[3]), arg[4], tonumber(arg[5] or 1)
local c <close> = cluster.open{url = url, queue = what, scripts = "scripts"}

local function start_workers(places)
  local all = {}
  for i = 1, workers do
    all[i] = process.popen{luaconc, "-e", ("require 'cluster'.serve{url = %q, queue = %q, scripts = 'scripts', kind = 'thread', workers = %d}"):format(url, what, places)}
  end
  repeat sleep(0.05) until #c:workers(0.1) == workers
  return all
end

local function median(list)
  table.sort(list)
  return list[#list // 2 + 1]
end

if what == "trip" then
  local all = start_workers(1)
  local times = {}
  for i = 1, count do
    local start = timer.now()
    c:spawn("work.lua", "add", i, 2):join()
    times[i] = timer.now() - start
  end
  print(("%.0f"):format(median(times) * 1e6))
  for _, worker in ipairs(all) do worker:kill("TERM") worker:wait() end
elseif what == "drain" then
  -- From the first end to the last.
  local handles = {}
  for i = 1, count do handles[i] = c:spawn("work.lua", "add", i, 2) end
  local all = start_workers(1)
  handles[1]:join()
  local start = timer.now()
  for i = 2, count do handles[i]:join() end
  print(("%.0f"):format((count - 1) / (timer.now() - start)))
  for _, worker in ipairs(all) do worker:kill("TERM") worker:wait() end
else
  -- Work that keeps a processor busy, until all is done.
  local all = start_workers(1)
  c:spawn("work.lua", "count", 1):join()
  local start = timer.now()
  local handles = {}
  for i = 1, count do handles[i] = c:spawn("work.lua", "count", 2000000) end
  for _, h in ipairs(handles) do h:join() end
  print(("%.2f"):format(count / (timer.now() - start)))
  for _, worker in ipairs(all) do worker:kill("TERM") worker:wait() end
end
