-- Daemon threads end with the program, never in the middle of a line, and what they had written is not lost.
if arg[1] == "child" then
  local written = channel.new()
  for t = 1, 3 do
    thread.spawn({daemon = true}, function()
      print("daemon", t, ("x"):rep(5000), "end")
      written:send(t)
      while true do
        print("daemon", t, ("x"):rep(5000), "end")
        sleep(0)
      end
    end)
  end
  for _ = 1, 3 do written:recv() end
  print("main ends")
else
  local child = io.popen(('"%s" "%s" child 2>&1'):format(arg[-1], arg[0]))
  local seen, main = {}, 0
  for line in child:lines("L") do
    local t = line:match("^daemon\t(%d)\tx+\tend\n$")
    assert(line == "main ends\n" or t and #line == 5000 + #"daemon\t1\t\tend\n", "a torn line: " .. line)
    if t then seen[t] = true else main = main + 1 end
  end
  print(seen["1"], seen["2"], seen["3"], main, child:close()) --> true	true	true	1	true	exit	0
end
