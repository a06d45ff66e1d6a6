-- Plain table.sort, once with its own order and once with a comparator, over the same shuffled integers.
-- Usage: luaconc plain-sort.lua [items]    Prints: ns_per_op (CPU time per item for both sorts, fastest of ten passes)

local n = tonumber(arg[1]) or 10000

local function shuffled(count)
  local list, x = {}, 42
  for i = 1, count do
    x = (x * 1103515245 + 12345) & 0x7fffffff
    list[i] = x
  end
  return list
end

local function descending(a, b) return a > b end

local function sort_twice(count)
  local up, down = shuffled(count), shuffled(count)
  local start = os.clock()
  table.sort(up)
  table.sort(down, descending)
  local elapsed = os.clock() - start
  for i = 1, count do assert(up[i] == down[count + 1 - i]) end
  return elapsed
end

sort_twice(n) -- warm-up

local best = math.huge
for _ = 1, 10 do best = math.min(best, sort_twice(n)) end
print("ns_per_op", best / n * 1e9)
