--! real: deadlines of reads pass while nothing comes
-- A read waits for the first byte, and is ended meanwhile as any other wait. Nothing that comes later is lost.
local name = os.tmpname()
os.remove(name)
os.execute("mkfifo " .. name)
local file = io.open(name, "r+") -- so somebody may write, but nobody does
file:setvbuf("no")
io.input(file)

local function timed_out(...)
  local ok, e = pcall(task.timeout, 0.01, ...)
  return ok, e.kind
end
print(timed_out(file.read, file)) --> false	timeout
print(timed_out(io.read, "n", "l")) --> false	timeout
print(timed_out(function() for line in file:lines() do print(line) end end)) --> false	timeout
print(timed_out(function() for line in io.lines() do print(line) end end)) --> false	timeout
print(timed_out(function() while true do pcall(io.read) end end)) --> false	timeout

-- What was written goes out before one waits for the answer.
file:setvbuf("full")
file:write("a question\n")
print(file:read()) --> a question

-- In a shield it goes on.
local h = thread.spawn(function(name)
  local file <close> = io.open(name, "w")
  sleep(0.02)
  file:write("7 a line\nthe next one\nthe last one\n")
end, name)
local ok, e = pcall(task.timeout, 0.01, function()
  task.shield(function() print(io.read("n", "l")) end)
  print("never said")
end)
print(ok, e.kind)
--> 7	 a line
--> false	timeout
print(file:read("L")) --> the next one
-->
print(file:lines(3, 9)()) --> the	 last one

-- What cannot be done is refused as ever: reading where one can only write, and a closed file.
local output, input = io.popen("cat > /dev/null", "w"), io.popen("echo x", "r")
print(output:read()) --> nil	Bad file descriptor	9
print(pcall(output:lines())) --> false	Bad file descriptor
print(input:write("x")) --> nil	Bad file descriptor	9
h:join()
local next_line = file:lines()
file:close()
print(pcall(next_line)) --> false	file is already closed
print(pcall(file.read, file)) --> false	attempt to use a closed file
print(pcall(io.read)) --> false	default input file is closed
print(pcall(file.lines, file)) --> false	attempt to use a closed file
print(pcall(file.read, io)) --> false	bad argument #1 to '?' (FILE* expected, got table)
os.remove(name)
