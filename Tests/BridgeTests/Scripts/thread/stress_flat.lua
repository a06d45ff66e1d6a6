-- Ten thousand threads one after the other leave no memory and no descriptor behind.
local function resident() -- KiB
  for line in io.lines("/proc/self/status") do
    local size = line:match("^VmRSS:%s*(%d+)")
    if size then return tonumber(size) end
  end
end
-- Counted from inside: another program may look before popen has closed the end that it gave away.
local function descriptors()
  local count = 0
  for _ in require("lfs").dir("/proc/self/fd") do count = count + 1 end
  return count
end
local function run(count)
  for i = 1, count do assert(thread.spawn(function(n) return n + 1 end, i):join() == i + 1) end
  collectgarbage()
  collectgarbage()
end
run(2000)
local size, open = resident(), descriptors()
run(8000)
print(descriptors() <= open) --> true
-- A sanitizer keeps memory of its own.
local grown = os.getenv("TSAN_OPTIONS") and 0 or resident() - size
print(grown < 4096 or grown) --> true
