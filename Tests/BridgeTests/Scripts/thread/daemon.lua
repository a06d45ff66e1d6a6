-- The program does not wait for daemon threads and detached ones.
local started = channel.new()
thread.spawn({daemon = true}, function()
  started:send("daemon")
  sleep(3600)
  print("never")
end)
print(started:recv()) --> daemon
local detached = thread.spawn({name = "detached"}, function()
  started:send("detached")
  channel.new():recv()
  print("never")
end)
print(started:recv()) --> detached
detached:detach()
detached:detach()
print(detached.name) --> detached
local parent = thread.spawn({daemon = true}, function()
  thread.spawn({daemon = true}, function() started:send("grandchild") sleep(3600) end)
  sleep(3600)
end)
print(started:recv()) --> grandchild
local finished = thread.spawn(function() return "result" end)
finished:wait()
finished:detach()
print(finished:join()) --> result
print("main ends") --> main ends
