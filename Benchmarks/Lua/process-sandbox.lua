-- Spawns a child process in a sandbox and joins it, in turn with a plain one; then has both kinds compute.
-- Usage: luaconc process-sandbox.lua [processes]
-- Prints: spawn_ratio, work_ratio (the median time of a sandboxed child, divided by that of a plain one), ns_per_op

local n = tonumber(arg[1]) or 500
local sandbox = {read = {"/usr"}, write = {"/tmp"}, exec = {"/bin"}, net = {connect = {443}}, files = 64, size = "1G"}
local kinds = {{}, {sandbox = sandbox}}

local function median(list)
  table.sort(list)
  return list[#list // 2 + 1]
end

--- The median times that a function takes with each kind of options, called in turn.
local function times(count, measure)
  local found = {{}, {}}
  for i = 1, count do
    for kind, options in ipairs(kinds) do found[kind][i] = measure(options) end
  end
  return median(found[1]), median(found[2])
end

local function work(i) return i end
local function spawn(options)
  local start = timer.now()
  assert(process.spawn(options, work, 1):join() == 1)
  return timer.now() - start
end
times(n // 10 + 3, spawn) -- warm-up
local plain, walled = times(n, spawn)
print("spawn_ratio", walled / plain)
print("ns_per_op", walled * 1e9)

-- Processor time, which a busy neighbour does not change.
local function compute()
  local start, text, sum = os.clock(), {}, 0
  for i = 1, 2000000 do
    sum = sum + i % 7
    if i % 100 == 0 then text[#text + 1] = ("%d"):format(i) end
  end
  assert(#table.concat(text) > 0)
  return os.clock() - start
end
plain, walled = times(n // 50 + 3, function(options) return process.spawn(options, compute):join() end)
print("work_ratio", walled / plain)
