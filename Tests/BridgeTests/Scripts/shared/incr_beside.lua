-- The sum of the key that was counted with last is seen by every other way to look at the map, and to change it.
local m = shared.map()
m:set("a", 1)
m:set("b", 10)
m:incr("a")
print(m:get("a"), #m)
--> 2	2
m:incr("a")
for key, value in pairs(m) do if key == "a" then print(value) end end
--> 3
m:incr("a")
print(m:incr("b"), m:incr("a"), m:get("b"))
--> 11	5	11
m:incr("a")
print(m:cas("a", 5, 0), m:cas("a", 6, 7), m:incr("a"))
--> false	true	8
m:incr("a")
print(m:update("a", function(old) return old * 2 end), m:incr("a"))
--> 18	19
m:incr("a")
m:set("a", 0)
print(m:incr("a"), m:incr("a", 0.5), m:incr("a"))
--> 1	1.5	2.5
m:set("a", 5)
m:incr("a")
print(m:delete("a"), m:get("a"), m:incr("a"), #m)
--> true	nil	1	2
m:incr("b")
m:incr("b")
print(thread.spawn(function(map) return map:get("b"), map:incr("b") end, m):join())
--> 13	14
print(m:update("b", function() return nil end), m:incr("b"), m:incr("b", math.maxinteger))
--> nil	1	-9223372036854775808
-- A key that is being updated makes others wait.
local go, counted = channel.new(), nil
m:incr("a")
local updating = task.spawn(function()
  return m:update("a", function(old)
    go:recv()
    return old + 100
  end)
end)
task.yield()
local counting = task.spawn(function() counted = m:incr("a") end)
task.yield()
print(counted)
go:send(true)
print(updating:join(), counting:join(), counted)
--> nil
--> 102	nil	103
