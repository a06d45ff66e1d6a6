-- Objects that hold each other tens of thousands deep go without harm: maps, channels, both in turns, results of threads.
local function drop(make, depth)
  local object
  for _ = 1, depth do object = make(object) end
  object = nil
  collectgarbage()
  collectgarbage()
end
local function map(inside)
  local m = shared.map()
  m:set("inside", inside)
  return m
end
local function queue(inside)
  local ch = channel.new()
  if inside then ch:send(inside) end
  return ch
end
drop(map, 40000)
thread.spawn(drop, map, 10000):join()
thread.spawn(drop, queue, 10000):join()
thread.spawn(drop, function(inside) return map {queue(inside)} end, 5000):join()
thread.spawn(drop, function(inside) return queue(function() return inside end) end, 10000):join()
local many = shared.map()
for i = 1, 2000 do many:set(i, map(many)) end
many = nil
collectgarbage()
collectgarbage()
print("all went") --> all went
--! needs speed
