-- Handles of the same task compare equal, wherever they came from; handles of others do not.
local ch = channel.new()
local inner
local h = task.spawn(function()
  inner = task.current()
  ch:send(task.current())
end)
local received = ch:recv()
print(h == received, h == inner, received == inner) --> true	true	true
print(h == task.spawn(function() end), h == task.current()) --> false	false
print(h == h.id, h ~= nil) --> false	true
print(received.id == h.id, received.name == h.name, received:join() == h:join()) --> true	true	true
