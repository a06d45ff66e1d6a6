-- Handles travel by reference: in arguments, upvalues, tables and channels they are the same object.
local jobs, replies = channel.new(), channel.new()
local h = thread.spawn(function(box)
  for job in box.jobs do job.reply:send(job.x * 2) end
  return box.jobs == box.nested[1].again, box.jobs == box.nested[1].other
end, { jobs = jobs, nested = { { again = jobs, other = replies } } })
for i = 1, 3 do jobs:send({ x = i, reply = replies }) end
print(replies:recv(), replies:recv(), replies:recv()) --> 2	4	6
jobs:close()
print(h:join()) --> true	false

-- A channel through a channel, even through itself.
local ch = channel.new()
ch:send(ch)
ch:send({ ch, replies, key = { [ch] = true } })
local first, second = ch:recv(), ch:recv()
print(first == ch, second[1] == ch, second[2] == replies, next(second.key) == ch) --> true	true	true	true

-- A thread's handle: another thread joins it, waits for it, sends to it.
local adder = thread.spawn({ name = "adder" }, function() return thread.inbox:recv() + thread.inbox:recv() end)
print(thread.spawn(function(a)
  a:send(1)
  a.inbox:send(2)
  return a:wait(), a:join(), a.name, a.kind, a:status()
end, adder):join()) --> done	3	adder	thread	done
print(adder:join()) --> 3

-- A task's handle: it is joined from another thread while its own state goes on.
local gate = channel.new()
local t = task.spawn({ name = "tis" }, function() return "from the task " .. gate:recv() end)
print(thread.spawn(function(u)
  gate:send("and its gate")
  return u:join(), u.kind
end, t):join()) --> from the task and its gate	task

-- A thread returns the handle of a thread that it made.
local inner = thread.spawn(function()
  local made = thread.spawn({ name = "inner" }, function() return thread.inbox:recv() end)
  return made
end):join()
inner:send("still reachable")
print(inner:join(), inner.name) --> still reachable	inner
