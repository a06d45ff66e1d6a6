-- By default ticks that were missed are dropped and do not count towards times; t.missed tells how many, and stderr says so.
--! stderr: grid
local function hold(seconds)
  local stop = timer.now() + seconds
  while timer.now() < stop do end
end
local t
t = timer.every({name = "grid", times = 3}, 0.03, function()
  if t.count == 1 then hold(0.12) end
end)
t:join()
print(t.count) --> 3
print(t.missed >= 2, t.missed == math.floor(t.missed)) --> true	true
