-- What objects of one size leave behind serves those of every other: phases one after the other need no more than the
-- largest of them.
local status = require "status"

local function phase(size)
  local t, pad = {}, ("p"):rep(size)
  for i = 1, 60000 do t[i] = pad .. i end
  t = nil
  collectgarbage()
  collectgarbage()
end

phase(470)
local largest = status("VmHWM")
for size = 440, 40, -40 do phase(size) end
for _ = 1, 3 do
  local t = {}
  for i = 1, 200000 do t[i] = {i} end
  t = nil
  collectgarbage()
  collectgarbage()
end
print(status("VmHWM") < largest * 2) --> true

-- A list that grows until its thread's memory ends, again and again: each time there is as much.
local counts = thread.spawn({memory = "8M"}, function()
  local counts = {}
  for i = 1, 4 do
    local n = 0
    local function fill()
      local list
      while true do
        list = {list, ("s"):rep(i * 50) .. n}
        n = n + 1
      end
    end
    local ok, e = pcall(fill)
    counts[i] = not ok and e == "not enough memory" and n > 10000
    collectgarbage()
  end
  return counts
end):join()
for _, is_enough in ipairs(counts) do print(is_enough) end
--> true
--> true
--> true
--> true
