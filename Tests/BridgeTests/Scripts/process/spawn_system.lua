-- Where a child runs, its environment, its streams, its priority.
local p = process.spawn({cwd = "/usr", env = {COLOUR = "blue", HOME = false}, nice = 3}, function()
  local nice = process.run("nice").stdout
  return (process.run("pwd").stdout:gsub("\n", "")), os.getenv("COLOUR"), os.getenv("HOME"), tonumber(nice)
end)
local before = tonumber(process.run("nice").stdout)
local folder, colour, home, nice = p:join()
print(folder, colour, home, nice - before) --> /usr	blue	nil	3
print(os.getenv("LUACONC_CHILD"), process.spawn(os.getenv, "LUACONC_CHILD"):join()) --> nil	nil

-- Pipes to its streams, as those of popen.
p = process.spawn({stdin = "pipe", stdout = "pipe", stderr = "pipe"}, function()
  for line in io.lines() do
    print("<" .. line .. ">")
    io.stderr:write("!", line, "\n")
  end
  io.write("no end of line")
  return "result"
end)
p.stdin:write("one\n", "two\n")
print(p.stdout:read(), p.stderr:read()) --> <one>	!one
p.stdin:close()
print(p.stdout:read("a")) --> <two>
--> no end of line
print(p:join(), p.stderr:read("a")) --> result	!two
--> 
p = process.spawn({stdout = "null"}, function() print("unseen") io.stdout:close() return "closed" end)
print(p:join(), p.stdout) --> closed	nil
p = process.spawn({stdout = "pipe", stderr = "stdout"}, function() io.write("a") io.stderr:write("b\n") end)
p:join()
print(#p.stdout:read("a")) --> 3

-- A child writes to the same places as we do; what it has printed is out when it has ended.
io.write("first, ")
io.flush()
process.spawn(function() io.write("second, ") end):join()
print("third") --> first, second, third
-- Garbage on its output is no frame.
process.spawn({stdout = "null"}, function() io.write(("\1\255garbage"):rep(10000)) end):join()
