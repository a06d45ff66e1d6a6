-- Error objects of all kinds share one metatable, and can be passed on like any table.
local t = task.spawn({ name = "tis" }, function() error("boom", 0) end)
local _, boom = pcall(t.join, t)
local gate = channel.new()
local waiting = task.spawn(function() gate:recv() end)
local _, timeout = pcall(waiting.join, waiting, 0)
local closed_channel = channel.new()
closed_channel:close()
local _, closed = pcall(closed_channel.send, closed_channel, 1)
local self = task.spawn({ name = "me" }, function() return pcall(function() task.current():join() end) end)
local _, deadlock = self:join()
gate:send("end")

print(boom.kind, timeout.kind, closed.kind, deadlock.kind) --> error	timeout	closed	deadlock
local meta = getmetatable(boom)
print(meta ~= nil, getmetatable(timeout) == meta, getmetatable(closed) == meta, getmetatable(deadlock) == meta) --> true	true	true	true
for _, e in ipairs { boom, timeout, closed, deadlock } do
  assert(type(e.message) == "string" and #tostring(e) > 0)
end

-- Sent to another thread and back, it is what it was.
local there = thread.spawn(function(e)
  return e.kind, e.message, e.origin, tostring(e):match("^[^\n]*"), e
end, boom)
local kind, message, origin, first, back = there:join()
print(kind, message, origin, first) --> error	boom	tis	task 'tis': boom
print(back.kind, back.traceback == boom.traceback, tostring(back) == tostring(boom)) --> error	true	true

-- Raised again and caught again, it is the same object.
local ok, again = pcall(error, boom)
print(ok, rawequal(again, boom)) --> false	true
