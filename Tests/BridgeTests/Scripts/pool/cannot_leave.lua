-- What cannot leave its process is refused at the caller; the pool goes on.
local pool <close> = process.pool(1)
local t = timer.after(0, function() end)
print(select(2, pcall(pool.submit, pool, print, t))) --> cannot send value: args[1] is a timer, which cannot leave its process
print(select(2, pcall(pool.map, pool, math.type, {1, t})))
--> cannot send value: items[2] is a timer, which cannot leave its process
print(pool:submit(math.abs, -1):join()) --> 1
