--! args: --simulate 1d
-- An error in a timer's callback goes to its on_error, is counted, and does not stop the timer.
local seen = {}
local t
t = timer.every({
  name = "zonk", times = 3,
  on_error = function(e, which) seen[#seen + 1] = { e.kind, e.message, which == t } end,
}, 0.3, function()
  error("tick " .. t.count, 0)
end)
t:join()
for _ = 1, 1000 do
  if #seen == 3 then break end
  sleep(0.001)
end
print(#seen, t.errors, t.count, t:active()) --> 3	3	3	false
for _, s in ipairs(seen) do print(table.unpack(s)) end
--> error	tick 1	true
--> error	tick 2	true
--> error	tick 3	true
