-- Work that cancels itself ends where it next waits, or between two instructions.
local h = task.spawn(function()
  task.current():cancel("by myself")
  while true do end
end)
print(h:wait(), select(2, pcall(h.join, h)).message) --> cancelled	by myself
local h = thread.spawn(function()
  thread.current():cancel()
  sleep(1000)
end)
print(h:wait()) --> cancelled
