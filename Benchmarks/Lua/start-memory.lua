-- Resident memory of a program that has just begun. The second number in `statm` is its pages.
-- Usage: luaconc start-memory.lua    Prints: bytes

local file = assert(io.open("/proc/self/statm"))
file:read("n")
print("bytes", file:read("n") * 4096)
