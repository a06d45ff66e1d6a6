-- wait returns the final status and never raises for what the work did; it counts as having observed the error.
local a = task.spawn(function() error("boom") end)
local c = task.spawn(function() return "fine" end)
local d = thread.spawn(function() thread.inbox:recv() error(nil) end)
print(a:wait()) --> failed
task.spawn(function() d:send("go") end)
print(d:wait(1e9)) --> failed
print(c:wait(), c:wait(0)) --> done	done
print(a:wait(), d:wait(-1)) --> failed	failed
