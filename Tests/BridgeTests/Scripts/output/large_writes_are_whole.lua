-- A call that writes more than any buffer holds is not interleaved with another thread's either.
if arg[1] == "child" then
  for t = 1, 4 do
    thread.spawn(function(letter)
      for _ = 1, 5 do
        io.write(letter:rep(70000), letter:rep(70000), "\n")
        print(letter:rep(70000), letter:rep(70000))
      end
    end, string.char(96 + t))
  end
else
  local child = io.popen(('"%s" "%s" child'):format(arg[-1], arg[0]))
  local lines = 0
  for line in child:lines() do
    local letter = line:sub(1, 1)
    assert(line:gsub("\t", "") == letter:rep(140000), "a torn line")
    lines = lines + 1
  end
  print(lines, child:close()) --> 40	true	exit	0
end
