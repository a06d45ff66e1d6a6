-- The exit status is 1 if an error was observed by nobody, 0 if everyone was; work that succeeds says nothing.
local ways = {
  function() task.spawn(error, "unobserved") end,
  function() thread.spawn(error, "unobserved") end,
  function() timer.after(0, error, "unobserved") end,
  function() sched.enter(0, 1, error, "unobserved") end,
  function() local h = task.spawn(error, "x") pcall(h.join, h) end,
  function() task.spawn(error, "x"):wait() end,
  function() thread.spawn(error, "x"):wait() end,
  function() task.spawn({on_error = function() end}, error, "x") end,
  function() thread.spawn({on_error = function() end}, error, "x") end,
  function() timer.after({on_error = function() end}, 0, error, "x") end,
  function() local h = task.spawn(error, "x") pcall(h.join, h, 0) end,
}
if arg[1] then
  ways[tonumber(arg[1])]()
  return
end
for i = 1, #ways do
  local _, _, status = os.execute(('"%s" "%s" %d 2>/dev/null'):format(arg[-1], arg[0], i))
  io.write(status, " ")
end
print() --> 1 1 1 1 0 0 0 0 0 0 1
