--! args: --simulate 1d
-- What can never go on is stopped, in threads and child processes as well.
local ch = channel.new()
sleep(100)
print(select(2, pcall(ch.recv, ch)).kind) --> deadlock
local h = thread.spawn({daemon = true}, function() ch:recv() end)
print(select(2, pcall(h.join, h)).kind) --> deadlock
local p = process.spawn({daemon = true, name = "child"}, function() ch:recv() end)
local ok, e = pcall(p.join, p)
print(e.kind, tostring(e):find("process 'child'", 1, true) ~= nil) --> deadlock	true
