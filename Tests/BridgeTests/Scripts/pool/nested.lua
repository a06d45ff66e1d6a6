-- A function may map itself, and use pools of its own: nothing locks up.
local function inner(x)
  local sum = 0
  for _, y in ipairs(thread.map({workers = 2}, function(y) return y end, {x, 2 * x})) do sum = sum + y end
  return sum
end
print(table.unpack(thread.map(inner, {1, 2, 3, 4, 5}))) --> 3	6	9	12	15
print(table.unpack(process.map({workers = 2}, inner, {1, 2, 3}))) --> 3	6	9
local pool <close> = thread.pool(1)
print(pool:submit(function(x)
  local pool <close> = thread.pool(2)
  return pool:submit(inner, x):join()
end, 7):join()) --> 21

-- Several tasks may use a pool at once; a call that waits for another one needs a second worker.
local pool <close> = thread.pool(2)
local results = {}
local group <close> = task.group()
for i = 1, 5 do
  group:task(function()
    local sum = 0
    for result in pool:imap(function(x) return x end, {i, i, i}) do sum = sum + result end
    results[i] = sum + pool:map(function(x) return x end, {i})[1]
  end)
end
group:join()
print(table.concat(results, " ")) --> 4 8 12 16 20

-- Where Lua cannot yield, the state waits.
local list = {3, 1, 2}
table.sort(list, function(a, b) return pool:map(function(x) return x end, {a})[1] < b end)
print(table.concat(list, " ")) --> 1 2 3
for result in coroutine.wrap(function()
  for result in pool:imap(function(x) return -x end, list) do coroutine.yield(result) end
end) do io.write(result, " ") end
print() --> -1 -2 -3
