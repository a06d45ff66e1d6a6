--! args: --simulate 1d
-- A schedule that is cancelled does not run any more, and the program ends. Other schedulers know nothing of it.
local event = sched.cron("* * * * * *", print, "never")
print(sched.empty(), #sched.queue()) --> true	0
sched.run()
local own = sched.new()
print(pcall(own.cancel, own, event)) --> false	bad argument #1 to 'cancel' (event expected, got userdata)
print(sched.cancel(event), sched.cancel(event), event) --> true	false	event: * * * * * * (ended)
-- Nor does one that another cancels at the moment when both are due.
local first, second
first = sched.cron("* * * * * *", {name = "first", catch_up = "all"}, function()
  print(sched.cancel(second), sched.cancel(first), second) --> true	true	event: second (ended)
end)
second = sched.cron("* * * * * *", {name = "second", catch_up = "all"}, print, "never")
