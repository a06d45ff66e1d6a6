-- With missed = "burst" the ticks that were missed are made up for at once, before anything that is due later.
if arg[1] ~= "child" then -- without its notices on stderr, which are another test's
  io.write(io.popen(('"%s" "%s" child 2>/dev/null'):format(arg[-1], arg[0])):read("a"))
  return
end
local function hold(seconds)
  local stop = timer.now() + seconds
  while timer.now() < stop do end
end
local t
t = timer.every({name = "hasty", times = 5, missed = "burst"}, 0.02, function() print("tick " .. t.count) end)
hold(0.11) -- all five are due by now
timer.after(0.3, print, "later")
t:join()
--> tick 1
--> tick 2
--> tick 3
--> tick 4
--> tick 5
print(t.count) --> 5
--> later
