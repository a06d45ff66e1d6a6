--! args: --simulate 1d
-- A schedule calls its function with its arguments at each time, until it is cancelled, and keeps the program alive.
local event
event = sched.cron("* * * * * *", {catch_up = "all"}, function(a, b, ...)
  print(event.count, a, b, select("#", ...), os.time() >= event.last, event.time > event.last)
  if event.count == 2 then print(sched.cancel(event), sched.cancel(event), event.time) end
end, "a", nil, nil)
print(event, event.name, event.pattern, event.tz, event.priority, event.count, event.missed, event.errors, event.last)
--> event: * * * * * * (active)	* * * * * *	* * * * * *	nil	0	0	0	0	nil
print(math.type(event.time), event.time > os.time(), event.args.n, event.args[1], type(event.fn)) --> integer	true	3	a	function
print(event == sched.cron("0 0 1 1 *", {daemon = true}, print), type(event.id), event.nothing) --> false	number	nil
--> 1	a	nil	1	true	true
--> 2	a	nil	1	true	true
--> true	false	nil
