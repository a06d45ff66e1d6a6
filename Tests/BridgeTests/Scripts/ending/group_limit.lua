--! args: --simulate 1d
-- At most so many at once: further spawns wait, in order.
local running, most, order = 0, 0, {}
do
  local g <close> = task.group({limit = 2})
  for i = 1, 7 do
    g:task(function()
      running = running + 1
      most = math.max(most, running)
      order[#order + 1] = i
      sleep(0.002)
      running = running - 1
    end)
  end
end
print(most, table.concat(order, " ")) --> 2	1 2 3 4 5 6 7

-- With threads, many spawners at once.
local count = channel.new(100)
do
  local g <close> = task.group({limit = 3})
  local spawners <close> = task.group()
  for i = 1, 10 do
    spawners:task(function() g:thread(function(i) count:send(i) end, i) end)
  end
end
print(#count) --> 10

-- A failure wakes those who wait for a place.
local refused
local ok, e = pcall(function()
  local g <close> = task.group({limit = 1})
  g:task(function() sleep(0.01) error("full house", 0) end)
  local ok, e = pcall(g.task, g, print, "never")
  refused = e.message
end)
print(ok, e.message, refused) --> false	full house	full house
