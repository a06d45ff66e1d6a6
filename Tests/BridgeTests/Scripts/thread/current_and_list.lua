-- thread.current is the running thread's handle; thread.list has the threads that are alive.
local function names()
  local set = {}
  for _, h in ipairs(thread.list()) do set[h.name] = h.kind end
  return set
end
local go, started = channel.new(), channel.new()
local dum = thread.spawn({name = "dum"}, function()
  started:send(thread.current())
  local name = task.spawn(function() return thread.current().name end):join()
  return go:recv(), thread.current().id, thread.current().kind, name
end)
local tis = thread.spawn({name = "tis"}, function() started:send(thread.current()) return go:recv() end)
local one, other = started:recv(), started:recv()
print((one == dum and other == tis) or (one == tis and other == dum)) --> true
print(names().dum, names().tis) --> thread	thread
go:send("go") go:send("go")
local _, id, kind, name = dum:join()
print(id == dum.id, kind, name) --> true	thread	dum
tis:join()
print(names().dum, names().tis) --> nil	nil
print(math.type(thread.cores()), thread.cores() >= 1) --> integer	true
print(thread.current() == thread.current(), thread.current() ~= dum) --> true	true
