-- Bad arguments are refused in Lua's own words; bad patterns with their field and a mark at the place.
local function complaint(f, ...)
  local ok, message = pcall(f, ...)
  assert(not ok, "it was accepted")
  print(message)
end
local function f() end
complaint(sched.cron) --> bad argument #1 to 'cron' (string expected, got no value)
complaint(sched.cron, "* * * * *") --> bad argument #2 to 'cron' (function expected, got no value)
complaint(sched.cron, "* * * * *", "f") --> bad argument #2 to 'cron' (function expected, got string)
complaint(sched.cron, "* * * * *", {}) --> bad argument #3 to 'cron' (function expected, got no value)
complaint(sched.cron, "* * * * *", {zone = "UTC"}, f) --> bad argument #2 to 'cron' (unknown option 'zone' (known options: name, tz, overlap, catch_up, jitter, on_error, daemon, cluster))
complaint(sched.cron, "* * * * *", {overlap = true}, f) --> bad argument #2 to 'cron' (option 'overlap': string expected, got boolean)
complaint(sched.cron, "* * * * *", {overlap = "both"}, f) --> bad argument #2 to 'cron' (option 'overlap': one of 'skip', 'queue', 'parallel' expected, got 'both')
complaint(sched.cron, "* * * * *", {catch_up = "some"}, f) --> bad argument #2 to 'cron' (option 'catch_up': one of 'one', 'all', 'none' expected, got 'some')
complaint(sched.cron, "* * * * *", {jitter = -1}, f) --> bad argument #2 to 'cron' (option 'jitter': 0 or more seconds expected)
complaint(sched.cron, "* * * * *", {jitter = 0 / 0}, f) --> bad argument #2 to 'cron' (option 'jitter': number expected, got NaN)
complaint(sched.cron, "* * * * *", {on_error = "go"}, f) --> bad argument #2 to 'cron' (option 'on_error': function or "stop" expected)
complaint(sched.cron, "* * * * *", {tz = 1}, f) --> bad argument #2 to 'cron' (option 'tz': string expected, got number)
complaint(sched.next, "* * * * *", -1) --> bad argument #2 to 'next' (a number from 0 to 10000000 expected, got -1)
complaint(sched.next, "* * * * *", 1.5) --> bad argument #2 to 'next' (number has no integer representation)
complaint(sched.next, "* * * * *", "x") --> bad argument #2 to 'next' (number expected, got string)
complaint(sched.next, "* * * * *", 1, 2) --> bad argument #3 to 'next' (table expected, got number)
complaint(sched.next, "* * * * *", {name = "x"}) --> bad argument #2 to 'next' (unknown option 'name' (known options: tz, from))
complaint(sched.next, "* * * * *", {from = 1e300}) --> bad argument #2 to 'next' (option 'from': a time of the years 1 to 9999 expected, got 1e+300)
complaint(sched.next, "* * * * *", {from = 0 / 0}) --> bad argument #2 to 'next' (option 'from': number expected, got NaN)
complaint(sched.next, ("1,"):rep(10000)) --> bad argument #1 to 'next' (pattern longer than 10000 bytes)

complaint(sched.cron, "0 22-6 * * *", f)
--> bad argument #1 to 'cron' (hour: '22-6' runs backwards: write '22-23,0-6'
-->   0 22-6 * * *
-->     ^^^^)
complaint(sched.next, "0 0 * * fri-mon")
--> bad argument #1 to 'next' (day of week: 'fri-mon' runs backwards: write 'fri-sun,mon'
-->   0 0 * * fri-mon
-->           ^^^^^^^)
complaint(sched.next, "0 0 * * 1#2")
--> bad argument #1 to 'next' (day of week: '#' is not known: the n-th week day of a month has no pattern
-->   0 0 * * 1#2
-->            ^)
complaint(sched.next, "0~5 0 * * *")
--> bad argument #1 to 'next' (minute: '~' is not known: option 'jitter' spreads the runs
-->   0~5 0 * * *
-->    ^)
complaint(sched.next, "0 0 30 feb *")
--> bad argument #1 to 'next' (day of month: no month of the pattern has such a day
-->   0 0 30 feb *
-->       ^^)
complaint(sched.next, "* * * *") --> bad argument #1 to 'next' (5 fields expected, or 6 with the seconds first, got 4)
