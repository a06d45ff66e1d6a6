-- An error in a run is reported with the schedule's name and the number of the run, and the schedule goes on.
--! status 1
--! stderr: run 1 of schedule 'job': cron_errors.lua:8: no luck
--! stderr: stack traceback:
--! stderr: run 1 of schedule '* * * * * *': stop
--! stderr: run 2 of schedule 'job': cron_errors.lua:8: no luck
local job
job = sched.cron("* * * * * *", {name = "job", catch_up = "all"}, function() error("no luck")
end)
local stopped = sched.cron("* * * * * *", {on_error = "stop", catch_up = "all"}, function() error("stop", 0) end)
local watched
watched = sched.cron("* * * * * *", {name = "watched", catch_up = "all", on_error = function(e, event)
  print(e.kind, e.message, event == watched, event.errors)
  sched.cancel(event)
end}, function() error("seen", 0) end)
while job.count < 2 do sleep(0.02) end
print(job.errors, stopped, stopped.errors, sched.cancel(job))
--> error	seen	true	1
--> 2	event: * * * * * * (ended)	1	true
--! args: --simulate 1d
