-- What a copy of the process can do that a module makes by fork (fork.c): all that one thread can; the rest says why not.
local fork = require "fork"
--! stderr: forked.lua:116: out
--! stderr: thread 'thread': forked.lua:145: out
--! stderr: thread 'thread': forked.lua:145: cannot start a program
--! stderr: process 'process': forked.lua:145: out
--! stderr: process 'process': forked.lua:145: cannot start a program
io.stdout:setvbuf("line")

-- Runs the function in a copy; how that ended.
local function copy(fn, ...)
  io.stdout:flush()
  local pid = fork.fork()
  if pid == 0 then
    fn(...)
    os.exit(0)
  end
  return fork.wait(pid)
end

-- What the program has going when it is copied: the reactor, threads, programs, children.
local ch, answers = channel.new(), channel.new()
local cat = process.popen("cat")
local echo = thread.spawn({name = "echo"}, function(ch, answers)
  for message in function() return ch:recv() end do answers:send(message) end
end, ch, answers)
local child = process.spawn({name = "child"}, function()
  return process.inbox:recv()
end)
local near, got = channel.new(), channel.new()
local far = process.spawn(function(near, got)
  local n = 0
  for _ in function() return near:recv() end do
    n = n + 1
    if n == 10 then got:send(true) end
  end
  return n
end, near, got)
assert(process.run("true").ok)
for _ = 1, 10 do near:send(1) end
assert(got:recv(20))

-- A copy is made while no other thread is at work: see docs/process.md.
local function rest()
  local busy
  repeat
    local threads = assert(io.popen("cat /proc/" .. process.pid() .. "/task/*/stat"))
    busy = threads:read("a"):find("%) R ")
    threads:close()
  until not busy
end
rest()

local function allWorks()
  cat:write("line\n")
  assert(cat:read() == "line")
  ch:send("x")
  assert(answers:recv(20) == "x")
  assert(process.run("echo", "hi").stdout == "hi\n")
  assert(thread.spawn(function() return 1 end):join(20) == 1)
  assert(child:status() ~= "failed" and cat:wait(0) == nil)
  rest()
end

-- What one thread can.
print(copy(function()
  local own = channel.new()
  local t = task.spawn(function() sleep(0.01) own:send("task") return "joined" end)
  print(own:recv(), t:join())
  local n = 0
  timer.every(0.02, function() n = n + 1 if n == 3 then own:send("ticks") end end, {times = 3})
  print(own:recv())
  print(select(2, pcall(task.timeout, 0.01, sleep, 10)).kind)
  local f = assert(io.popen("echo from a shell"))
  print(f:read("a"))
  f:close()
end))
--> task	joined
--> ticks
--> timeout
--> from a shell
--> 
--> 0
allWorks()

-- What it cannot, it says at once.
local reason = "this process was made by fork, and has only the thread that called it"
print(copy(function()
  for _, try in ipairs {
    function() return process.run({timeout = 1}, "true") end,
    function() return process.popen("true") end,
    function() return process.spawn(function() end) end,
    function() return thread.spawn(function() end) end,
    function() local g <close> = task.group() g:thread(function() end) end,
    function() return process.on_signal("HUP", print) end,
    function() return cat:wait() end,
  } do
    local ok, e = pcall(try)
    print(ok, (tostring(e):gsub(reason, "REASON"):gsub("^forked.lua:%d+: ", "")))
  end
end))
--> false	cannot start a program: REASON
--> false	cannot start a program: REASON
--> false	cannot start a process: REASON
--> false	cannot start a thread: REASON
--> false	cannot start a thread: REASON
--> false	cannot handle signals: REASON
--> false	cannot wait for a program: REASON
--> 0
allWorks()

-- However it ends, and whatever it lets go of: nothing of the former process is waited for or ended.
print(copy(function() os.exit(7) end)) --> 7
print(copy(function() os.exit(8, true) end)) --> 8
print(copy(function() fork.leave(9) end)) --> 9
print(copy(function() local p <close> = cat error("out") end)) --> 1
print(copy(function()
  cat, child, far, echo, ch, answers = nil
  collectgarbage()
end)) --> 0
print(copy(function() near:send(1) ch:send(1) end)) --> 0
print(copy(function() child:kill() child:cancel() echo:cancel() os.exit(3) end)) --> 3
print(copy(function() os.execute("kill -TERM $PPID") sleep(10) end)) --> -15
allWorks()

-- While messages come from a child process without pause: what the thread of its link has locked is free in each copy.
local many = channel.new(64)
local source = process.spawn(function(many)
  local n = 0
  while pcall(many.send, many, n) do n = n + 1 end
end, many)
local ended = 0
for _ = 1, 60 do
  for _ = 1, 20 do many:recv(20) end
  if copy(function() os.exit(4) end) == 4 then ended = ended + 1 end
end
print(ended) --> 60
many:close()
print(source:wait(20)) --> done

-- In another thread, and in a child process.
local function other(fork, copy)
  local function run(fn) return copy(fn) end
  return run(function() sleep(0.01) os.exit(5) end), run(function() os.exit(6, true) end),
    run(function() error("out") end), run(function() return process.run("true") end)
end
print(thread.spawn({name = "thread"}, other, fork, copy):join()) --> 5	6	1	1
print(process.spawn({name = "process"}, other, fork, copy):join()) --> 5	6	1	1
allWorks()
near:close()
print(far:join(20)) --> 10
child:send("stop")
cat:close_stdin()
print(cat:wait(20).ok) --> true
ch:close()
print(echo:wait(20)) --> done
--! real: what a copy does waits for the clock of the machine
