-- Handles may be sent: another thread joins, asks and sends through them, and they compare equal when they come back.
local go = channel.new()
local worker = thread.spawn({name = "worker"}, function() return thread.inbox:recv() * 2 end)
local other = thread.spawn(function(handle)
  local before = handle.name .. " " .. handle.kind
  handle:send(21)
  return before, handle:join(), handle, handle:status()
end, worker)
local before, result, handle, status = other:join()
print(before, result, status) --> worker thread	42	done
print(handle == worker, handle.id == worker.id, handle:join()) --> true	true	42

local ch = channel.new()
ch:send({list = {worker, other, worker}})
local list = ch:recv().list
print(list[1] == worker, list[2] == other, list[1] == list[3], list[1] == list[2]) --> true	true	true	false
-- A thread that joins its own spawner's task.
local quick = task.spawn({name = "quick"}, function() return "from the spawner's state" end)
print(thread.spawn(function(h) return h:join(), h.kind, h.name end, quick):join()) --> from the spawner's state	task	quick
