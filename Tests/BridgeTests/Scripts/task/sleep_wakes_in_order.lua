-- Sleeping tasks wake in the order in which their time comes; the main chunk sleeps as one of them.
local function sleeper(name, seconds)
  sleep(seconds)
  print(name)
end
task.spawn(sleeper, "third", 0.06)
task.spawn(sleeper, "first", 0.02)
task.spawn(sleeper, "second", 0.04)
sleep(0.08)
print("main") --> first
--> second
--> third
--> main
