--! args: --simulate 1d
-- Sleeping tasks wake in the order in which their time comes; the main chunk sleeps as one of them. All count from the
-- same moment, whenever they begin.
local start = timer.now()
local function sleeper(name, seconds)
  sleep(start + seconds - timer.now())
  print(name)
end
task.spawn(sleeper, "third", 0.3)
task.spawn(sleeper, "first", 0.1)
task.spawn(sleeper, "second", 0.2)
sleeper("main", 0.4)
--> first
--> second
--> third
--> main
