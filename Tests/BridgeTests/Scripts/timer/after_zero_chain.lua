--! real: the chain never rests, so that virtual time would stand
-- A chain of timer.after(0, ...) starves neither tasks, nor channels, nor other timers, nor sleepers.
local stop, links = false, 0
local function again()
  links = links + 1
  if not stop then timer.after(0, again) end
end
again()
local ch = channel.new()
local sender = thread.spawn(function() for i = 1, 100 do ch:send(i) end ch:close() end)
local sum = 0
for v in ch do sum = sum + v end
print(sum, sender:wait()) --> 5050	done
print(task.spawn(function() task.yield() return "a task" end):join()) --> a task
timer.after(0.001, print, "a later timer"):join() --> a later timer
sleep(0.001)
stop = true
print(links > 10) --> true
