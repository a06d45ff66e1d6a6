-- The report of an error in a callback has the timer's name, the tick's number, the place and a traceback.
if arg[1] == "child" then
  local t
  t = timer.every({times = 4, name = "flaky"}, 0.3, function()
    if t.count == 3 then error("boom") end
  end)
  t:join()
  timer.after({name = "single"}, 0, function() error("once") end):join()
else
  local child = io.popen(('"%s" --simulate 1d "%s" child 2>&1'):format(arg[-1], arg[0]))
  local report = child:read("a")
  print(child:close()) --> nil	exit	1
  for _, text in ipairs{"flaky", "error_report.lua:5: boom", "stack traceback:", "single", "error_report.lua:8: once"} do
    print(report:find(text, 1, true) ~= nil)
  end
  --> true
  --> true
  --> true
  --> true
  --> true
  local head = report:sub(1, report:find("boom", 1, true))
  print(head:gsub("error_report.lua:5", ""):match("%f[%d]3%f[%D]")) --> 3
end
