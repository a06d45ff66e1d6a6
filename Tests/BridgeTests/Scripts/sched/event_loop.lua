--! args: --simulate 1d
-- Without sched.run the events run on the state's event loop, and the program does not end before they have run.
sched.enter(0.2, 1, print, "second")
sched.enter(0.1, 1, print, "first")
sched.enterabs(timer.now() + 0.3, 1, function()
  sleep(0.001)
  print("third, after a sleep")
  sched.enter(0.01, 1, print, "entered by an event")
end)
sched.enter(0, 1, print, "at once")
print("main ends")
--> main ends
--> at once
--> first
--> second
--> third, after a sleep
--> entered by an event
