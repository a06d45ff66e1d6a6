--! real: code that computes past the due times
-- The first missed tick of a timer is said once on stderr: which timer, and which task held the state.
if arg[1] == "child" then
  local function hold(seconds)
    local stop = timer.now() + seconds
    while timer.now() < stop do end
  end
  local t = timer.every({name = "metronome", times = 3}, 0.02, function() end)
  task.spawn({name = "hog"}, function()
    for _ = 1, 2 do
      hold(0.1)
      sleep(0.03)
    end
  end)
  t:join()
  print("missed some", t.missed >= 2)
else
  local child = io.popen(('"%s" "%s" child 2>&1'):format(arg[-1], arg[0]))
  local lines, notices, hog = {}, 0, false
  for line in child:lines() do
    if line:find("metronome", 1, true) then
      notices = notices + 1
      hog = line:find("hog", 1, true) ~= nil
    else
      lines[#lines + 1] = line
    end
  end
  print(child:close()) --> true	exit	0
  print(notices, hog, table.concat(lines, "\n")) --> 1	true	missed some	true
end
