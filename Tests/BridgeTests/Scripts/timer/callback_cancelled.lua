-- A callback that is cancelled as a task before it begins counts as a tick, and the timer ends as it would have.
local t = timer.every({name = "once", times = 1, immediate = true}, 3600, print, "never")
for _, one in ipairs(task.list()) do
  if one.name == "once" then one:cancel() end
end
t:join()
print(t.count, t:active()) --> 0	false
