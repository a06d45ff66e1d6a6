-- on_error gets the error object and the timer; then nothing is printed, the status stays 0 and the ticks go on.
local t
t = timer.every({times = 3, name = "flaky", on_error = function(e, which)
  print(e.kind, e.message, which == t, which.name)
end}, 0.3, function()
  if t.count < 3 then error("boom " .. t.count) end
  print("fine")
end)
t:join()
--> error	on_error.lua:6: boom 1	true	flaky
--> error	on_error.lua:6: boom 2	true	flaky
--> fine
print(t.count, t.errors) --> 3	2

local single = timer.after({on_error = function(e) print("after", e.value.code) end}, 0, function() error({code = 9}) end)
single:join() --> after	9
print(single.errors) --> 1
--! args: --simulate 1d
