-- A deadline that passes while a pool or a map is made leaves no worker behind.
local made, cut = 0, 0
local function try(i, fn)
  if pcall(task.timeout, i % 100 * 3e-6, fn) then made = made + 1 else cut = cut + 1 end
end
for i = 1, 600 do
  try(i, function()
    local pool <close> = thread.pool(2)
  end)
  try(i, function()
    thread.map(function() end, {1, 2, 3})
  end)
end
while #thread.list() > 0 do sleep(0.001) end
print(made + cut, cut > 0, #thread.list())
--> 1200	true	0
