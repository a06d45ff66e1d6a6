--! args: --simulate 1d
-- cancel says whether the timer was still pending; a cancelled timer does not run; active follows.
local never = timer.after(0.5, print, "never")
print(never:active()) --> true
print(never:cancel(), never:cancel(), never:active()) --> true	false	false
sleep(0.6)

local fired = timer.after(0, print, "fired")
fired:join() --> fired
print(fired:cancel(), fired:active(), fired.count) --> false	false	1

local ticks = timer.every({times = 2}, 0.3, print, "tick")
print(ticks:active()) --> true
ticks:join()
--> tick
--> tick
print(ticks:cancel(), ticks:active(), ticks.count) --> false	false	2

local endless = timer.every(1, print, "never")
print(endless:cancel(), endless:cancel(), endless.count) --> true	false	0

-- A cancelled timer does not keep the program running.
print(timer.after(3600, print, "never"):cancel()) --> true
print(timer.every({immediate = true}, 3600, print, "never"):cancel()) --> true
