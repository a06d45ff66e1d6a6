-- `map` calls a function for each item, with its index, and keeps the first result, in the order of the items.
for _, kind in ipairs {thread, process} do
  local list = kind.map(function(item, index) return item .. index, "second" end, {"a", "b", "c"})
  print(table.concat(list, " "), list.n)
  print(kind.map(print, {}).n)
  print(table.unpack(kind.map(string.upper, {"x", "y"})))

  local some = kind.map(function(x) if x % 2 == 1 then return x end end, {1, 2, 3, 4})
  print(some[1], some[2], some[3], some[4], some.n)
end
--> a1 b2 c3	3
--> 0
--> X	Y
--> 1	nil	3	nil	4
--> a1 b2 c3	3
--> 0
--> X	Y
--> 1	nil	3	nil	4

-- Whatever the size of the chunks, each item is called once and in its place.
local list = {}
for i = 1, 10007 do list[i] = i end
for _, options in ipairs {{}, {workers = 1}, {workers = 7}, {chunk = 1, workers = 3}, {chunk = 4000}, {chunk = 1e9}} do
  local results = thread.map(options, function(x, i) return x == i and 3 * x end, list)
  local right = results.n == #list
  for i = 1, #list do right = right and results[i] == 3 * i end
  io.write(tostring(right), " ")
end
print() --> true true true true true true

-- The items and results are copies, of any kind and size.
local shared = {}
local back = thread.map(function(t) t.seen = true return t end, {shared, {big = ("x"):rep(3000000)}})
print(shared.seen, back[1].seen, #back[2].big) --> nil	true	3000000

-- Without a terminal no bar is drawn.
print(#thread.map({progress = true}, math.abs, {-1, -2})) --> 2

-- A list may have metamethods.
local proxy = setmetatable({}, {__len = function() return 3 end, __index = function(_, i) return i <= 3 and -i or nil end})
print(table.unpack(thread.map(math.abs, proxy))) --> 1	2	3

-- Tables of all kinds as items, while the collector is at work.
local list, total = {}, 0
for i = 1, 20000 do list[i] = i % 3 == 0 and {i} or i % 3 == 1 and ("x"):rep(i % 50) .. i or i end
collectgarbage("incremental", 100, 1000)
for i, item in ipairs(thread.map(function(item) return item end, list)) do
  total = total + (type(item) == "table" and item[1] == i and 1 or item == list[i] and 1 or 0)
end
print(total) --> 20000
