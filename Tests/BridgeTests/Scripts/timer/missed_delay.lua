-- With missed = "delay" the tick after a late one is a whole interval later, off the old grid.
if arg[1] ~= "child" then -- without its notices on stderr, which are another test's
  io.write(io.popen(('"%s" "%s" child 2>/dev/null'):format(arg[-1], arg[0])):read("a"))
  return
end
local function hold(seconds)
  local stop = timer.now() + seconds
  while timer.now() < stop do end
end
local t
t = timer.every({name = "patient", times = 2, missed = "delay"}, 0.4, function()
  print("tick " .. t.count)
  -- On the grid the next tick would be 0.2 s away.
  if t.count == 1 then timer.after(0.3, print, "less than an interval later") end
end)
hold(1)
t:join()
--> tick 1
--> less than an interval later
--> tick 2
