-- A million timers are made, in shuffled order of their times; none rings.
-- Usage: luaconc timer-insert.lua [timers]    Prints: ns_per_op (CPU time for one)

local n = tonumber(arg[1]) or 1000000
local function ring() error("too early") end

local start = os.clock()
for i = 1, n do timer.after(3600 + i * 7919 % n / n, ring) end
print("ns_per_op", (os.clock() - start) / n * 1e9)
io.stdout:flush()
os.exit(0)
