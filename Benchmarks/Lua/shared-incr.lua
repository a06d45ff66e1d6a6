-- Two threads count with the same key of a shared map.
-- Usage: luaconc shared-incr.lua [calls of both]    Prints: ops_per_s (first call to last)

local n = tonumber(arg[1]) or 20000000

local function count(map, meeting, calls)
  meeting:wait()
  local start = timer.now()
  for _ = 1, calls do map:incr("hits") end
  return start, timer.now()
end

local function run(calls)
  local map, meeting = shared.map(), sync.barrier(2)
  local a = thread.spawn(count, map, meeting, calls // 2)
  local b = thread.spawn(count, map, meeting, calls // 2)
  local start, finish = a:join()
  local start2, finish2 = b:join()
  assert(map:get("hits") == calls // 2 * 2)
  return calls / (math.max(finish, finish2) - math.min(start, start2))
end

run(n // 10) -- warm-up
print("ops_per_s", run(n))
