--! args: --simulate 1d
-- The join that closes a ring raises kind deadlock and names the ring; the other joins then get their answers.
local a, b, c
a = task.spawn({name = "a"}, function() return "a", b:join() end)
b = task.spawn({name = "b"}, function() return "b", c:join() end)
c = task.spawn({name = "c"}, function()
  local ok, e = pcall(a.join, a)
  print(ok, e.kind)
  for _, name in ipairs{"a", "b", "c"} do assert(e.message:find(name, 1, true), e.message) end
  print(e.message:match("deadlock: [abc] %-> [abc] %-> [abc] %-> [abc]") ~= nil)
  return "c"
end)
print(a:join())
--> false	deadlock
--> true
--> a	b	c

-- A chain is no ring, however many wait for its end.
local first = task.spawn(function() sleep(0.001) return 1 end)
local last = first
for _ = 1, 20 do
  local before = last
  last = task.spawn(function() return before:join() + 1 end)
end
print(last:join(), first:join()) --> 21	1
