-- A thread's handle has an id of its own, the given name or one like thread-3, its kind; it prints with its status.
local go, started = channel.new(), channel.new()
local dum = thread.spawn({name = "dum"}, function()
  started:send(true)
  while #go == 0 do end
end)
started:recv()
print(tostring(dum)) --> thread: dum (running)
print(dum:status(), dum.name, dum.kind, math.type(dum.id)) --> running	dum	thread	integer
go:send(true)
dum:join()
print(tostring(dum), dum:status()) --> thread: dum (done)	done

local unnamed = thread.spawn(function() end)
print(unnamed.name:match("^thread%-%d+$") == unnamed.name, unnamed.id ~= dum.id) --> true	true
local t = task.spawn(function() end)
print(t.id ~= unnamed.id, t.id ~= dum.id, t.id ~= thread.spawn(function() end).id) --> true	true	true
print(dum == unnamed, dum == dum, dum ~= t) --> false	true	true
