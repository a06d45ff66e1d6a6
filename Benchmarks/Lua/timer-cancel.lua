-- A million timers that wait are cancelled, in the order in which they were made.
-- Usage: luaconc timer-cancel.lua [timers]    Prints: ns_per_op (CPU time for one)

local n = tonumber(arg[1]) or 1000000
local function ring() error("too early") end

local timers = {}
for i = 1, n do timers[i] = timer.after(3600 + i * 7919 % n / n, ring) end
local start = os.clock()
for i = 1, n do timers[i]:cancel() end
print("ns_per_op", (os.clock() - start) / n * 1e9)
