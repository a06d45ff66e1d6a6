-- io.output redirects io.write, not print; each state has a default output of its own.
local path = os.tmpname()
io.output(path)
io.write("to the file ", 1, "\n")
print("to stdout") --> to stdout
thread.spawn(function() io.write("a thread still writes to stdout\n") end):join()
--> a thread still writes to stdout
thread.spawn(function()
  local mine = os.tmpname()
  io.output(mine)
  io.write("never seen")
  io.close()
  os.remove(mine)
end):join()
io.write("the second line\n")
io.close()
io.output(io.stdout)
for line in io.lines(path) do print(line) end
--> to the file 1
--> the second line
os.remove(path)
io.write("stdout again\n") --> stdout again
print(pcall(function()
  local closed = io.tmpfile()
  closed:close()
  closed:write("x")
end)) --> false	redirected.lua:26: attempt to use a closed file
