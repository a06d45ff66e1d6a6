--! args: --simulate 1d
-- Each thread and each task has an inbox of its own, and h:send feeds it.
local h = thread.spawn(function()
  local sum = 0
  for v in thread.inbox do sum = sum + v end
  return sum
end)
for i = 1, 10 do assert(h:send(i) == true) end
print(h.inbox:send(100)) --> true
h.inbox:close()
print(h:join()) --> 155

local a = task.spawn(function() return "a", task.inbox:recv() end)
local b = task.spawn(function() return "b", task.inbox:recv() end)
print(b:send("for b"), a:send("for a")) --> true	true
print(a:join()) --> a	for a
print(b:join()) --> b	for b

-- A message that is sent before the thread looks is not lost, and the order is kept.
local late = thread.spawn(function()
  sleep(0.002)
  return thread.inbox:recv(), thread.inbox:recv(), thread.inbox:recv(0)
end)
late:send("first")
late:send("second", 1)
print(late:join()) --> first	second	nil	timeout

-- The inbox of finished work can be closed: then sending raises.
a.inbox:close()
local ok, e = pcall(a.send, a, 1)
print(ok, e.kind) --> false	closed
