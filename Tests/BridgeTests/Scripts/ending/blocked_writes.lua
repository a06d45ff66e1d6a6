-- A write waits for its reader, and is ended meanwhile as any other wait.
local name = os.tmpname()
os.remove(name)
os.execute("mkfifo " .. name)
local reader = io.open(name, "r+") -- nobody reads, but it is open
local large = ("x"):rep(1 << 20)

-- In a thread that is cancelled: in one piece, in many, in the end of a block.
local function cancelled(write)
  local started = channel.new()
  local h = thread.spawn(function(started, name, write, large)
    local file <close> = io.open(name, "w")
    file:setvbuf("no")
    started:send(true)
    write(file, large)
  end, started, name, write, large)
  started:recv()
  h:cancel()
  return h:wait()
end
print(cancelled(function(file, large) file:write(large) end)) --> cancelled
print(cancelled(function(file) while true do file:write(12345, "\n") end end)) --> cancelled
print(cancelled(function(file, large) pcall(file.write, file, large) end)) --> cancelled
print(cancelled(function(file, large) while true do io.output(file) io.write(large) end end)) --> cancelled

-- By a deadline.
local file = io.open(name, "w")
file:setvbuf("no")
local ok, e = pcall(task.timeout, 0.01, file.write, file, large)
print(ok, e.kind) --> false	timeout
local ok, e = pcall(task.timeout, 0.01, function() while true do file:write("a line\n") end end)
print(ok, e.kind) --> false	timeout

-- In a shield it goes on until everything is written.
reader:close()
file:close()
local reader = io.open(name, "r+")
local started = channel.new()
local h = thread.spawn(function(started, name, large)
  local file <close> = io.open(name, "w")
  task.shield(function()
    started:send(true)
    file:write("begin", large, "end")
    file:flush()
  end)
  print("never said")
end, started, name, large)
started:recv()
h:cancel()
print(reader:read(#large + 8) == "begin" .. large .. "end", h:wait()) --> true	cancelled
os.remove(name)
