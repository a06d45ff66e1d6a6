-- The error is raised in the main chunk's wait: its kind, and each waiter with its line and what it waits for. Whoever
-- catches it may go on, and mend it.
local ch = channel.new()
local answer = channel.new(0)
local h = thread.spawn({name = "dum"}, function()
  return ch:recv() .. answer:recv()
end)
task.spawn({name = "tis"}, function()
  coroutine.wrap(function() answer:send(" and received") end)()
end)
local ok, e = pcall(h.join, h)
print(ok, e.kind, e.origin) --> false	deadlock	main
print(e.message)
--> deadlock: nothing can go on any more
-->   thread 'main' at caught.lua:11: join of thread 'dum'
-->   task 'tis' of thread 'main' at caught.lua:9: send on channel: 3
-->   thread 'dum' at caught.lua:6: recv on channel: 2
ch:send("sent")
print(h:join()) --> sent and received
