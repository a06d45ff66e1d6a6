-- print and io.write of one call are never interleaved with another thread's: every line arrives whole, every one once.
if arg[1] == "child" then
  for t = 1, 4 do
    thread.spawn(function()
      for i = 1, 250 do
        print("p", t, i, ("x"):rep(100 + i), "end")
        io.write("w\t", t, "\t", i, "\t", ("y"):rep(100 + i), "\t", "end", "\n")
      end
    end)
  end
else
  local child = io.popen(('"%s" "%s" child'):format(arg[-1], arg[0]))
  local next_of, lines = {}, 0
  for line in child:lines() do
    local kind, t, i, body = line:match("^([pw])\t(%d)\t(%d+)\t(%a+)\tend$")
    assert(kind, "a torn line: " .. line)
    assert(body == (kind == "p" and "x" or "y"):rep(100 + i), "a mixed line: " .. line)
    local key = kind .. t
    assert(tonumber(i) == (next_of[key] or 1), "out of order: " .. line)
    next_of[key] = i + 1
    lines = lines + 1
  end
  print(lines, child:close()) --> 2000	true	exit	0
end
