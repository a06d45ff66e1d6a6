-- Timers, schedules, timeouts, daemons and standard input may all wake somebody.
--! stdin: a line
local ch = channel.new()

timer.after(0.01, function() ch:send("a timer") end)
print(ch:recv()) --> a timer

sched.enter(0.01, 1, function() ch:send("a schedule") end)
print(ch:recv()) --> a schedule

print(channel.new():recv(0.01)) --> nil	timeout

thread.spawn({daemon = true}, function()
  timer.after({daemon = true}, 0.01, function() ch:send("a daemon's timer") end)
  channel.new():recv()
end)
print(ch:recv()) --> a daemon's timer

thread.spawn(function() ch:send(io.read()) end)
print(ch:recv()) --> a line

-- Daemons that wait for ever are not waited for.
thread.spawn({daemon = true}, function() channel.new():recv() end)
task.spawn({daemon = true}, function() channel.new():recv() end)
