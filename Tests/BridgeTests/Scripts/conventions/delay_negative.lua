--! args: --simulate 1d
-- A negative delay is due at once.
sleep(-1)
task.sleep(-0.0)
sleep(-1e300)
print("slept") --> slept

local later = timer.after(1000, print, "later")
timer.after(-5, print, "at once"):join() --> at once
print(later:cancel()) --> true
