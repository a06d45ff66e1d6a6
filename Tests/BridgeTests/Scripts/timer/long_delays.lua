--! args: --simulate 1d
-- Delays of 1e9 seconds and more are accepted; tiny ones too.
for _, delay in ipairs{1e9, 1e12, 1e18, 1e300, math.maxinteger} do
  local after, every = timer.after(delay, print, "never"), timer.every(delay, print, "never")
  task.yield()
  print(after:active(), every:active(), after:cancel(), every:cancel())
end
--> true	true	true	true
--> true	true	true	true
--> true	true	true	true
--> true	true	true	true
--> true	true	true	true
timer.after(1e-300, print, "at once"):join() --> at once
local sleeper = task.spawn({daemon = true}, sleep, 1e18)
task.yield()
print(sleeper:status()) --> waiting
