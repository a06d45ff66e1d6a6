-- os.exit ends the program from anywhere, with what was written before and the status that was asked for.
local ways = {
  function() os.exit() end,
  function() os.exit(true) end,
  function() os.exit(false) end,
  function() os.exit(3) end,
  function() os.exit(256 + 7) end,
  function() pcall(coroutine.wrap(function() os.exit(4) end)) end,
  function() task.spawn(function() os.exit(5) end) sleep(3600) end,
  function() timer.after(0.001, os.exit, 6) sleep(3600) end,
  function() thread.spawn(function() os.exit(8) end) sleep(3600) end,
  function() thread.spawn(function() sleep(3600) end) sleep(0) os.exit(9) end,
  function() sched.enter(0.001, 1, os.exit, 10) end,
  function() table.sort({1, 2}, function() os.exit(11) end) end,
  function() thread.spawn(function() os.exit(true) end):join() end,
  function() xpcall(os.exit, function(m) return "handled: " .. tostring(m) end, 13) end,
  function() xpcall(error, function() os.exit(14) end, "an error") end,
  function() setmetatable({}, {__gc = function() os.exit(15) end}) collectgarbage() sleep(3600) end,
  function() setmetatable({}, {__gc = function() os.exit(16) end}) collectgarbage() while true do end end,
}
if arg[1] then
  io.write("written")
  ways[tonumber(arg[1])]()
  return
end
for i = 1, #ways do
  local child = io.popen(('"%s" "%s" %d 2>&1'):format(arg[-1], arg[0], i))
  local output = child:read("a")
  local _, how, status = child:close()
  print(i, output, how, status)
end
--> 1	written	exit	0
--> 2	written	exit	0
--> 3	written	exit	1
--> 4	written	exit	3
--> 5	written	exit	7
--> 6	written	exit	4
--> 7	written	exit	5
--> 8	written	exit	6
--> 9	written	exit	8
--> 10	written	exit	9
--> 11	written	exit	10
--> 12	written	exit	11
--> 13	written	exit	0
--> 14	written	exit	13
--> 15	written	exit	14
--> 16	written	exit	15
--> 17	written	exit	16
--! needs speed
