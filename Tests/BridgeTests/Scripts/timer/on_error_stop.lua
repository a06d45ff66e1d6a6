-- With on_error = "stop" the first error ends the timer; it is reported.
--! status 1
--! stderr: on_error_stop.lua:7: boom 2
local t
t = timer.every({on_error = "stop", name = "fragile"}, 0.03, function()
  print("tick " .. t.count)
  if t.count == 2 then error("boom " .. t.count) end
end)
t:join()
--> tick 1
--> tick 2
sleep(0.05)
print(t.count, t.errors, t:active(), t:cancel()) --> 2	1	false	false
--! args: --simulate 1d
