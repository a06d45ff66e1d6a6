-- A source that raises at an item: the results before it come first, then its error, as it was.
for _, name in ipairs {"imap", "imap_unordered"} do
  local pool <close> = thread.pool(2)
  local n, sum, oops = 0, 0, {}
  local ok, e = pcall(function()
    for result in pool[name](pool, function(x) return x end, function()
      n = n + 1
      if n == 1000 then error(oops) end
      return n
    end) do sum = sum + result end
  end)
  print(ok, e == oops, sum == 999 * 1000 // 2)
end
--> false	true	true
--> false	true	true

-- An item that fails raises its error in its place. Who asks further gets the others.
for _, kind in ipairs {thread, process} do
  local pool <close> = kind.pool(2)
  for _, chunk in ipairs {1, 4} do
    local results, said = pool:imap({chunk = chunk}, function(x) return x == 3 and error("three", 0) or x end, {1, 2, 3, 4, 5}), {}
    repeat
      local ok, value, index = pcall(results)
      said[#said + 1] = ok and value or not ok and value.index .. ":" .. value.message or nil
    until ok and value == nil
    print(table.concat(said, " "))
  end
end
--> 1 2 3:three 4 5
--> 1 2 3:three 4 5
--> 1 2 3:three 4 5
--> 1 2 3:three 4 5

local pool <close> = thread.pool(2)

-- An item that cannot be sent fails alone, too.
local results = pool:imap({chunk = 3}, function(x) return x end, {1, coroutine.create(print), 3, 4})
print(results()) --> 1	1
print(pcall(results)) --> false	cannot send value: items[2] is a coroutine
print(results()) --> 3	3
print(results()) --> 4	4
print(results()) --> nil

-- A result that is nil would end a `for` silently. Called by hand, the index tells it from the end.
print(pcall(function()
  for _ in pool:imap(function(x) return x ~= 2 and x or nil end, {1, 2, 3}) do end
end)) --> false	the result of item 2 is nil, which has ended the loop
local results = pool:imap(function(x) return x ~= 2 and x or nil end, {1, 2, 3})
print(results()) --> 1	1
print(results()) --> nil	2
print(results()) --> 3	3
print(results()) --> nil
