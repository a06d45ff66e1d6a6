-- Deadlines that hit the calls of a pool lose no worker and no item.
local pool = thread.pool(1)
local function id(x) return x end
for i = 1, 1500 do
  pcall(task.timeout, i % 50 * 8e-6, pool.map, pool, id, {1, 2, 3})
  if i % 3 == 0 then
    pcall(task.timeout, i % 50 * 8e-6, function() for _ in pool:imap(id, {1, 2, 3}) do end end)
  end
end
print(pool:submit(id, 1):join()) --> 1
pool:close()

local pool <close> = thread.pool(2)
local list = {}
for i = 1, 400 do list[i] = i end
local it, _, _, closing = pool:imap(function(x) return x end, list)
local closing <close> = closing
local got, sum = 0, 0
while true do
  local ok, v = pcall(task.timeout, math.random() * 3e-4, it)
  if ok and v == nil then break end
  if ok then got, sum = got + 1, sum + v end
end
print(got, sum) --> 400	80200
