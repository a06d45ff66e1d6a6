-- The first failure cancels the rest, and is raised with the index of its item.
for _, kind in ipairs {thread, process} do
  local closed = channel.new()
  local ok, e = pcall(kind.map, {workers = 3}, function(x)
    local mark <close> = setmetatable({}, {__close = function(_, e) closed:send(e.kind or "raised") end})
    if x == "bad" then
      closed:recv() -- the others have begun
      closed:recv()
      error {code = 7}
    end
    closed:send("begun")
    while true do end
  end, {"good", "bad", "good"})
  print(ok, e.kind, e.index, e.origin, e.value.code)
  print(closed:recv(), closed:recv(), closed:recv())
  print(#kind.list(), #task.list())
end
--> false	error	2	item 2	7
--> raised	cancelled	cancelled
--> 0	1
--> false	error	2	item 2	7
--> raised	cancelled	cancelled
--> 0	1

local ok, e = pcall(thread.map, function(x) return x.field end, {{}, {}, true})
print((tostring(e):gsub("\n.*", ""))) --> item 3: map_fails.lua:25: attempt to index a boolean value (local 'x')

-- An error that the item's call has from other work keeps its origin.
local ok, e = pcall(thread.map, function(x)
  thread.spawn({name = "dum"}, error, "deep", 0):join()
end, {1})
print(e.origin, e.index, e.message, tostring(e):match("passed on by [^\n:]*")) --> dum	1	deep	passed on by item 1

-- A result that cannot be sent fails its item.
local ok, e = pcall(thread.map, function(x) return x == 2 and coroutine.create(print) end, {1, 2})
print(e.index, e.message) --> 2	cannot send value: results[1] is a coroutine

-- Deadlines reach through.
print(select(2, pcall(task.timeout, 0.05, thread.map, function() while true do end end, {1, 2})).kind) --> timeout
print(#thread.list()) --> 0

-- What the function has put into an item does not hide its error.
print(select(2, pcall(thread.map, function(t)
  t.conn = coroutine.create(print)
  error("the error", 0)
end, {{}})).message) --> the error
