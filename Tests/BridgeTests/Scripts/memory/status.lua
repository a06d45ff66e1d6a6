--! module
-- A number out of what the system says of this process: KiB, for memory.
return function(field)
  for line in io.lines("/proc/self/status") do
    local n = line:match("^" .. field .. ":%s*(%d+)")
    if n then return tonumber(n) end
  end
end
