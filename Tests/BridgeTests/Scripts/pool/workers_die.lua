-- A worker that dies fails its item only, and is replaced.
local function die() os.execute("kill -9 " .. process.pid()) sleep(1000) end
local pool <close> = process.pool(2)

local h = pool:submit(die)
local ok, e = pcall(h.join, h)
print(e.kind, e.signal, e.message) --> exit	9	killed by signal 9 (KILL)
local calls = {}
for i = 1, 8 do calls[i] = pool:submit(function(i) return i == 3 and os.exit(7) or i end, i) end
for _, i in ipairs {3, 1, 2, 4, 5, 6, 7, 8} do -- the one that fails first: nobody else asks for it
  local ok, value = pcall(calls[i].join, calls[i])
  calls[i] = ok and value or value.message
end
print(table.concat(calls, " ")) --> 1 2 exit code 7 4 5 6 7 8

-- In a map it is the failure, and says which item it was, also within a large chunk.
local list = {}
for i = 1, 5000 do list[i] = i end
local ok, e = pcall(pool.map, pool, {chunk = 1000}, function(i) return i == 3456 and die() end, list)
print(e.index, e.message, (tostring(e):gsub("\n.*", ""))) --> 3456	killed by signal 9 (KILL)	item 3456: killed by signal 9 (KILL)
local ok, e = pcall(process.map, function(i) return i == 5 and os.exit(3) end, {1, 2, 3, 4, 5, 6})
print(e.index, e.kind, e.code) --> 5	exit	3

-- In an imap all other items have their results.
for _, chunk in ipairs {1, 4} do
  local results, said = pool:imap({chunk = chunk}, function(i) return i == 6 and die() or i end, {1, 2, 3, 4, 5, 6, 7, 8, 9}), {}
  repeat
    local ok, value, index = pcall(results)
    said[#said + 1] = ok and value or not ok and "(" .. value.index .. ": " .. value.signal .. ")" or nil
  until ok and value == nil
  print(table.concat(said, " "))
end
--> 1 2 3 4 5 (6: 9) 7 8 9
--> 1 2 3 4 5 (6: 9) 7 8 9

-- Idle workers may die, too.
for _, p in ipairs(process.list()) do p:kill("KILL") end
print(pool:submit(math.sqrt, 16):join()) --> 4.0

-- A thread that ends itself is a worker that dies.
local pool <close> = thread.pool(2)
local h = pool:submit(function() thread.exit() end)
local ok, e = pcall(h.join, h)
print(e.kind, e.message) --> exit	the worker has ended before the call had returned
local ok, e = pcall(pool.map, pool, {chunk = 3}, function(i) return i == 2 and thread.exit() end, {1, 2, 3})
print(e.kind, e.index) --> exit	2
print(pool:submit(math.sqrt, 25):join()) --> 5.0

-- Memory is bounded for each worker.
local pool <close> = thread.pool({memory = "8M"}, 1)
local h = pool:submit(function() local t = {} for i = 1, math.huge do t[i] = "item " .. i end end)
print(select(2, pcall(h.join, h)).kind) --> memory
print(pool:submit(math.sqrt, 36):join()) --> 6.0
