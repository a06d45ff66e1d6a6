--! module
local ch = channel.new()
local function draw(name)
  for _ = 1, 5 do
    timer.after({jitter = 10}, 1, function() ch:send(name .. " " .. timer.now() .. " " .. math.random(1000)) end)
  end
end
draw("main")
thread.spawn(draw, "thread")
process.spawn(draw, "process")
local a, b = channel.new(), channel.new()
for n = 1, 5 do
  a:send(n)
  b:send(n)
  print(channel.select({a, b}))
end
local map = shared.map()
for n = 1, 9 do map:set("key " .. n, n) end
print(table.concat(map:keys(), ", "))
for _ = 1, 15 do print(ch:recv()) end
