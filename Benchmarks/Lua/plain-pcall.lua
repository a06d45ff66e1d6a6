-- Plain protected calls: nine that return for one that raises.
-- Usage: luaconc plain-pcall.lua [calls]    Prints: ns_per_op (CPU time of one pcall, fastest of ten passes)

local n = tonumber(arg[1]) or 200000

local function work(i)
  if i % 10 == 0 then error("ten", 0) end
  return i
end

local function run(count)
  local failed = 0
  for i = 1, count do
    if not pcall(work, i) then failed = failed + 1 end
  end
  assert(failed == count // 10)
end

run(n) -- warm-up

local best = math.huge
for _ = 1, 10 do
  local start = os.clock()
  run(n)
  best = math.min(best, os.clock() - start)
end
print("ns_per_op", best / n * 1e9)
