-- An error in a callback is reported and counted, and does not stop an every; the program exits with status 1.
--! status 1
--! stderr: error_goes_on.lua:8: boom 2
local t
t = timer.every({times = 3, name = "flaky"}, 0.03, function()
  print("tick " .. t.count, t.errors)
  if t.count == 2 then
    error("boom " .. t.count)
  end
end)
t:join()
--> tick 1	0
--> tick 2	0
--> tick 3	1
print(t.count, t.errors) --> 3	1
--! args: --simulate 1d
