-- As many timers as there are, one that rings costs the same, whether the script keeps its handle or not.
local count, rung = 200000, 0
local function ring() rung = rung + 1 end
local kept = {}
for i = 1, count do kept[i] = timer.after(i * 7919 % count * 1e-9 + 1e-9, ring) end
timer.after(1e-3, ring):join()
while rung <= count do task.yield() end
print(rung, kept[1]:active(), kept[count]:active(), kept[1].count, kept[count].count) --> 200001	false	false	1	1

-- The handles go with what keeps them, and finalizers may still look at them.
local seen
do
  local t = kept[2]
  setmetatable({}, {__gc = function() seen = pcall(tostring, t) and type(t) end})
end
for i = 1, count, 2 do kept[i] = nil end
kept[2] = nil
collectgarbage()
collectgarbage()
print(seen or "gone", kept[4]:active(), kept[4].count) --> userdata	false	1
