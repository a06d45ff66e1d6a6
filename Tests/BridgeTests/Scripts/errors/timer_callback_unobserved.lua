-- An error in a timer's callback that nobody takes is printed with the timer's name; the exit status is 1.
--! status 1
--! stderr: zonk
--! stderr: boom

local t = timer.every({ name = "zonk", times = 2 }, 0.001, function() error("boom") end)
t:join()
print(t.errors, t.count) --> 2	2
