-- The report of an uncaught error is exactly lua5.4's, also after waiting, and whatever else was running says nothing.
local ways = {
  function() error("plain") end,
  function() sleep(0) error("after a sleep") end,
  function()
    task.spawn(function() sleep(3600) end)
    thread.spawn(function() sleep(3600) end)
    thread.spawn(function() channel.new():recv() end)
    timer.every(3600, print)
    sched.enter(3600, 1, print)
    task.yield()
    error("while others run")
  end,
  function() local nothing; nothing.field = 1 end,
}
if arg[1] then ways[tonumber(arg[1])]() return end
for i = 1, #ways do
  local child = io.popen(('"%s" "%s" %d 2>&1'):format(arg[-1], arg[0], i))
  print((child:read("a"):gsub("\n$", ""):gsub("^[^ ]*luaconc: ", "luaconc: ")))
  print(child:close())
end
--> luaconc: uncaught_error_exactly.lua:3: plain
--> stack traceback:
--> 	[C]: in function 'error'
--> 	uncaught_error_exactly.lua:3: in field '?'
--> 	uncaught_error_exactly.lua:16: in main chunk
--> 	[C]: in ?
--> nil	exit	1
--> luaconc: uncaught_error_exactly.lua:4: after a sleep
--> stack traceback:
--> 	[C]: in function 'error'
--> 	uncaught_error_exactly.lua:4: in field '?'
--> 	uncaught_error_exactly.lua:16: in main chunk
--> 	[C]: in ?
--> nil	exit	1
--> luaconc: uncaught_error_exactly.lua:12: while others run
--> stack traceback:
--> 	[C]: in function 'error'
--> 	uncaught_error_exactly.lua:12: in field '?'
--> 	uncaught_error_exactly.lua:16: in main chunk
--> 	[C]: in ?
--> nil	exit	1
--> luaconc: uncaught_error_exactly.lua:14: attempt to index a nil value (local 'nothing')
--> stack traceback:
--> 	uncaught_error_exactly.lua:14: in field '?'
--> 	uncaught_error_exactly.lua:16: in main chunk
--> 	[C]: in ?
--> nil	exit	1
