-- `imap` gives the results in the order of the items, `imap_unordered` as they come; both with the item's index.
for _, kind in ipairs {thread, process} do
  local pool <close> = kind.pool(3)
  local turn = channel.new()
  local function third_first(x)
    if x ~= 3 then turn:recv() end
    if x == 3 then
      turn:send(true)
      turn:send(true)
    end
    return 10 * x
  end
  local order = {}
  for result, index in pool:imap(third_first, {1, 2, 3}) do order[#order + 1] = index .. "=" .. result end
  print(table.concat(order, " "))
  local results = pool:imap_unordered({chunk = 1}, function(x)
    if x ~= 3 then turn:recv() end
    return 10 * x
  end, {1, 2, 3})
  print(results())
  turn:send(true)
  turn:send(true)
  print(select(2, results()) + select(2, results()), results())

  -- Any iterator of a generic `for` will do; the item is its first value.
  local words = {}
  for word in pool:imap(string.upper, ("one two three"):gmatch("%a+")) do words[#words + 1] = word end
  print(table.concat(words, " "))
  local keys = {}
  for key in pool:imap(function(key) return key end, pairs {a = 1, b = 2}) do keys[#keys + 1] = key end
  table.sort(keys)
  print(table.concat(keys, " "))
  print(pool:imap(print, {})())
end
--> 1=10 2=20 3=30
--> 30	3
--> 3	nil
--> ONE TWO THREE
--> a b
--> nil
--> 1=10 2=20 3=30
--> 30	3
--> 3	nil
--> ONE TWO THREE
--> a b
--> nil
