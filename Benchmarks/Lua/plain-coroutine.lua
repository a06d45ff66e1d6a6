-- Plain coroutine switches: a generator through coroutine.wrap and one through coroutine.resume.
-- Usage: luaconc plain-coroutine.lua [values]    Prints: ns_per_op
-- (CPU time of one resume and its yield, fastest of ten passes)

local n = tonumber(arg[1]) or 100000

local function generator(count)
  for i = 1, count do coroutine.yield(i) end
end

local function run(count)
  local half, sum = count // 2, 0
  local wrapped = coroutine.wrap(generator)
  for _ = 1, half do sum = sum + wrapped(half) end
  local co = coroutine.create(generator)
  for _ = 1, half do
    local _, value = coroutine.resume(co, half)
    sum = sum + value
  end
  assert(sum == half * (half + 1))
end

run(n) -- warm-up

local best = math.huge
for _ = 1, 10 do
  local start = os.clock()
  run(n)
  best = math.min(best, os.clock() - start)
end
print("ns_per_op", best / n * 1e9)
