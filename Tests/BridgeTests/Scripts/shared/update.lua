-- update is atomic, also when the function waits: writers of the same key wait, readers see the old value.
local m = shared.map()
print(m:update("n", function(old) return (old or 0) + 1 end), m:get("n")) --> 1	1
local order = {}
local slow = task.spawn(function()
  m:update("n", function(old) sleep(0.01) order[#order + 1] = "slow" return old + 10 end)
end)
sleep(0)
print(m:get("n"), #m) --> 1	1
m:update("other", function() return "not held up" end)
print(m:get("other"), #order) --> not held up	0
m:update("n", function(old) order[#order + 1] = "next" return old * 2 end)
print(m:get("n"), table.concat(order, " ")) --> 22	slow next
for _, write in ipairs {
  function() m:set("n", 1) end, function() m:incr("n") end, function() m:delete("n") end,
  function() return m:cas("n", nil, 5) end,
} do
  local done = false
  local slow = task.spawn(function()
    m:update("n", function(old) sleep(0.002) done = true return old end)
  end)
  sleep(0)
  write()
  io.write(tostring(done), " ", tostring(m:get("n")), "  ")
end
print() --> true 1  true 2  true nil  true 5

-- One that fails leaves the value; so does one whose result cannot be kept.
print(pcall(m.update, m, "n", error)) --> false	5
print(pcall(m.update, m, "n", function() error("boom", 0) end)) --> false	boom
print(pcall(m.update, m, "n", function() return coroutine.create(print) end))
--> false	cannot send value: value is a coroutine
print(pcall(m.update, m, "n", function() end))
--> false	the function returned nothing; nil would delete the key
print(pcall(m.update, m, "n")) --> false	bad argument #3 to 'update' (function expected, got no value)
print(m:get("n"), m:incr("n")) --> 5	6
print(m:update("n", function() return nil end), m:get("n"), m:update("none", function() return nil end), #m)
--> nil	nil	nil	1

-- The function may use the map; but writing its own key would wait for itself.
m:set("a", 1)
print(m:update("a", function(a) m:set("b", a + 1) return m:get("b") + m:get("a") end), m:get("b")) --> 3	2
for _, write in ipairs {"set", "incr", "delete", "update"} do
  local ok, e = pcall(m.update, m, "a", function() m[write](m, "a", write == "update" and print or 1) end)
  io.write(e.kind or tostring(e), " ")
end
print() --> deadlock deadlock deadlock deadlock
print(m:get("a")) --> 3

-- Two that write each other's key: the ring is found, with both lines.
local steps = channel.new(0)
local first = task.spawn({name = "first"}, function()
  return m:update("a", function()
    steps:recv()
    m:set("b", "first")
    return "a by first"
  end)
end)
local second = task.spawn({name = "second"}, function()
  return m:update("b", function()
    steps:send(true)
    sleep(0.005)
    m:set("a", "second")
    return "b by second"
  end)
end)
local ok, e = pcall(second.join, second)
print((e.message:gsub("map: %d+", "map: N")))
--> deadlock: second -> first -> second
-->   task 'second' at update.lua:63: update of 'a' in map: N
-->   task 'first' at update.lua:55: update of 'b' in map: N
print(first:join(), m:get("b")) --> a by first	first

-- One that is cancelled, or that leaves a coroutine in the middle, gives the key free.
local t = task.spawn(function() m:update("a", function() sleep(60) end) end)
sleep(0)
t:cancel()
print(m:update("a", function(a) return a .. "!" end)) --> a by first!
local t = task.spawn(function()
  coroutine.wrap(function() m:update("a", function() coroutine.yield() end) end)()
end)
t:join()
print(m:update("a", function(a) return a .. "!" end)) --> a by first!!

-- In threads.
m:set("n", 0)
local threads = {}
for i = 1, 4 do
  threads[i] = thread.spawn(function()
    for j = 1, 200 do
      m:update("n", function(n)
        if j % 50 == 0 then sleep(0.0001) end
        return n + 1
      end)
    end
  end)
end
for _, t in ipairs(threads) do t:join() end
print(m:get("n")) --> 800
--! args: --simulate 1d
