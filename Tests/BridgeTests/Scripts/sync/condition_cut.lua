-- A notification is not lost with a waiter whose deadline passes, or that is cancelled, at the same time.
local cond, items = sync.condition(), 0
local function take()
  local held <close> = cond:acquire()
  while items == 0 do cond:wait() end
  items = items - 1
end
for _, way in ipairs {"deadline", "cancel"} do
  local hasty = task.spawn({on_error = function() end}, function() task.timeout(way == "deadline" and 0.05 or 100, take) end)
  local patient = task.spawn(take)
  while hasty:status() ~= "waiting" or patient:status() ~= "waiting" do task.yield() end
  local due = timer.now() + 0.06
  while way == "deadline" and timer.now() < due do end
  do
    local held <close> = cond:acquire()
    items = 1
    cond:notify()
  end
  if way == "cancel" then hasty:cancel() end
  print(hasty:wait() ~= "done", patient:wait(), items)
end
--> true	done	0
--> true	done	0
