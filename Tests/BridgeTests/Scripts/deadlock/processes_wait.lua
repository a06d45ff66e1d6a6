--! real: while a child waits for the clock of the machine, it is not idle for ever
-- No deadlock: something in a child can still happen, however long it takes.
local function join(...) return process.spawn(...):join() end
print(join(function() sleep(0.4) return "sleep" end)) --> sleep
print(join(function() return process.run("sleep", "0.4").code end)) --> 0
print(join(function() return process.spawn(function() sleep(0.4) return "a child of its own" end):join() end))
--> a child of its own
print(join(function()
  local ch = channel.new()
  timer.after(0.4, function() ch:send("timer") end)
  return ch:recv()
end)) --> timer
local ch = channel.new()
timer.after(0.4, function() ch:send("from outside") end)
print(join(function(ch) return ch:recv() end, ch)) --> from outside
local p = process.spawn({stdin = "pipe", stdout = "pipe"}, function() print(io.read()) end)
task.spawn(function()
  sleep(0.4)
  p.stdin:write("its input\n")
end)
print(p.stdout:read()) --> its input
p:join()
p = process.spawn(function(ready)
  local ch = channel.new()
  process.on_signal("USR1", function() ch:send("a signal") end)
  ready:send(true)
  return ch:recv()
end, ch)
ch:recv()
sleep(0.4)
p:kill("USR1")
print(p:join()) --> a signal
