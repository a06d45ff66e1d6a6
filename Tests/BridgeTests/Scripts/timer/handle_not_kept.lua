-- A timer whose handle the script drops at once gets none, and rings as any other.
local out = {}
for i = 1, 100 do timer.after(i * 1e-6, function(n) out[#out + 1] = n end, i) end
collectgarbage()
local last = timer.after(0.001, function() end)
last:join()
print(#out, out[1], out[100]) --> 100	1	100

-- Beside timers with handles, in places that were used before.
local rung = {}
local kept = {}
for i = 1, 100 do
  if i % 2 == 0 then kept[#kept + 1] = timer.after(60, function() rung[#rung + 1] = i end)
  else timer.after(1e-6, function() rung[#rung + 1] = i end) end
end
local cancelled = 0
for i = 1, #kept do if kept[i]:cancel() then cancelled = cancelled + 1 end end
timer.after(0.001, function() end):join()
print(#rung, cancelled, kept[1]:active(), kept[1]:cancel()) --> 50	50	false	false

-- Whoever takes the handle gets it.
local function after() return timer.after(1e-6, function() end) end
print(after():cancel(), (select(2, pcall(timer.after, 60, print))):cancel()) --> true	true

-- Bad arguments are refused all the same.
print((select(2, pcall(function() timer.after(1) end)):match("bad argument.*"))) --> bad argument #2 to 'after' (function expected, got no value)
