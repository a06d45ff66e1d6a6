-- A handle has an id that is unique in the program, a name and a kind.
local a = thread.spawn(function() return thread.current().id end)
local b = thread.spawn({ name = "dum" }, function() return thread.current().id end)
local c = task.spawn(function() return task.current().id end)
local d = task.spawn({ name = "tis" }, function() return task.current().id end)

print(a.kind, b.kind, c.kind, d.kind) --> thread	thread	task	task
print(b.name, d.name) --> dum	tis
print(a.name:match("^thread%-%d+$") == a.name, c.name:match("^task%-%d+$") == c.name) --> true	true

local seen, n = {}, 0
for _, h in ipairs { a, b, c, d } do
  print(math.type(h.id), h:join() == h.id)
  if not seen[h.id] then seen[h.id], n = true, n + 1 end
end
--> integer	true
--> integer	true
--> integer	true
--> integer	true

-- A task of another state has an id of its own.
local inner = thread.spawn(function() return task.spawn(function() return task.current().id end):join() end):join()
print(n, seen[inner]) --> 4	nil
