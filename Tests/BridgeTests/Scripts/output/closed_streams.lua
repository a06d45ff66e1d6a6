-- A program runs with stdin, stdout or stderr closed: no crash, no hang, stock Lua's status.
local ways = {
  function() print("x", io.write("y")) io.read() task.spawn(sleep, 0) thread.spawn(print, "z"):join() end,
  function() task.spawn(sleep, 3600) error("boom") end,
  function() task.spawn(error, "nobody sees this") end,
}
if arg[1] then ways[tonumber(arg[1])]() return end
for i = 1, #ways do
  for _, closed in ipairs{"<&-", ">&-", "2>&-", "<&- >&- 2>&-"} do
    local _, how, status = os.execute(('"%s" "%s" %d </dev/null >/dev/null 2>/dev/null %s'):format(arg[-1], arg[0], i, closed))
    io.write(how, " ", status, "; ")
  end
  print()
end
--> exit 0; exit 0; exit 0; exit 0;
--> exit 1; exit 1; exit 1; exit 1;
--> exit 1; exit 1; exit 1; exit 1;
