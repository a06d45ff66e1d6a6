-- As many workers as there are cores, unless a number is given.
local cores = thread.cores()
for _, kind in ipairs {thread, process} do
  local pool <close> = kind.pool()
  print(tonumber(tostring(pool):match("%d+")) == cores, #kind.list() == cores)
end
--> true	true
--> true	true

-- `init` runs once in each worker, before its first call.
for _, kind in ipairs {thread, process} do
  local begun = channel.new()
  local pool <close> = kind.pool({init = function() base = 40 begun:send(1) end}, 2)
  print(begun:recv(), begun:recv(), pool:submit(function(x) base = base + x return base end, 2):join())

  -- A new state for every two calls.
  local pool <close> = kind.pool({init = function() count = 0 end, tasks_per_worker = 2}, 1)
  local function how_often() count = count + 1 return count end
  print(table.unpack(pool:map(how_often, {1, 2, 3, 4, 5})))
  local calls = {}
  for i = 1, 4 do calls[i] = pool:submit(how_often) end
  for i = 1, 4 do io.write(calls[i]:join(), " ") end
  for result in pool:imap({chunk = 100}, how_often, {1, 2, 3, 4}) do io.write(result, " ") end
  print()

  -- Closing waits for all that was submitted, through all states that it takes.
  local pool = kind.pool({tasks_per_worker = 1}, 2)
  for i = 1, 6 do calls[i] = pool:submit(math.abs, -i) end
  pool:close()
  for i = 1, 6 do io.write(calls[i]:join(), " ") end
  print()

  -- A failing `init` fails what the pool is asked for, once; nothing is tried for ever.
  local pool = kind.pool({init = function() error("no licence", 0) end}, 2)
  print(select(2, pcall(pool.map, pool, print, {1})).message)
  pool:close()
  local pool = kind.pool({init = function() error("no licence", 0) end}, 2)
  print(select(2, pcall(pool.close, pool)).message)
end
--> 1	1	42
--> 1	2	1	2	1
--> 2 1 2 1 2 1 2 1 
--> 1 2 3 4 5 6 
--> no licence
--> no licence
--> 1	1	42
--> 1	2	1	2	1
--> 2 1 2 1 2 1 2 1 
--> 1 2 3 4 5 6 
--> no licence
--> no licence
