-- A task's handle has an id of its own, the given name or one like task-3, and its kind; it prints with its status.
local named = task.spawn({name = "dum"}, function() return "result" end)
local other = task.spawn(function() end)
print(math.type(named.id), math.type(other.id), named.id ~= other.id) --> integer	integer	true
print(named.name, named.kind, other.kind) --> dum	task	task
print(other.name:match("^task%-%d+$") == other.name) --> true
print(tostring(named)) --> task: dum (pending)
task.yield()
print(tostring(named)) --> task: dum (done)
print(named:join(), named.name, named.id == named.id) --> result	dum	true

local ids = {}
for _ = 1, 100 do
  local h = task.spawn(function() end)
  assert(not ids[h.id], "an id twice")
  ids[h.id] = true
  h:join()
end
print(ids[named.id], ids[other.id], ids[task.current().id]) --> nil	nil	nil
