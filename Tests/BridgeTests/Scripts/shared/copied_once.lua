--! release
-- A large value is copied once each way: into the map, and into the state that reads it.
local size <const> = 64 << 20
local function status(key)
  for line in io.lines("/proc/self/status") do
    local kilobytes = line:match("^" .. key .. ":%s+(%d+)")
    if kilobytes then return kilobytes * 1024 end
  end
end

-- How much memory a call takes at most, as a multiple of the size.
local function copies(fn, ...)
  collectgarbage()
  local file <close> = assert(io.open("/proc/self/clear_refs", "w"))
  assert(file:write("5") and file:flush()) -- the peak is counted anew
  local before = status("VmRSS")
  local kept = fn(...)
  return (status("VmHWM") - before) / size
end

local m = shared.map()
local text, list = ("x"):rep(size), {}
for i = 1, 64 do list[i] = ("%07d,"):format(i):rep(1 << 17) end
for _, value in ipairs { text, list } do
  m:set("key", value) -- the buffer in which values are put grows now
  m:set("key", nil)
  local into = copies(m.set, m, "key", value)
  local out = copies(m.get, m, "key")
  print(into > 0.9 and into < 1.3, out > 0.9 and out < 1.3) --> true	true
  if not (into < 1.3 and out < 1.3) then print(into, out) end
  m:set("key", nil)
end
--> true	true
