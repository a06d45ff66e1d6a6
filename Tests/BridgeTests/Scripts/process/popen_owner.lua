--! real: looks until a program has gone
-- A program belongs to the state that started it, or to the one that it was sent to last.
local function gone(pid)
  for _ = 1, 2000 do
    local f = io.open("/proc/" .. pid .. "/stat")
    local state = f and (f:read("a") or ""):match("%) (%a)")
    if f then f:close() end
    if not state or state == "Z" then return true end
    sleep(0.005)
  end
  return false
end
local function alive(pid) return os.execute("kill -0 " .. pid .. " 2>/dev/null") == true end
local function ended(t) return t:wait(30) end
local function talk(p, word)
  p:write(word, "\n")
  return p:read("l")
end
local function start() return process.popen("cat") end
local function stop(p)
  p:close_stdin()
  return p:wait(30).ok
end

-- Through a channel: whoever has got it goes on with it, also when the one that started it has ended.
local ch = channel.new()
local starter = thread.spawn(function(ch, start) ch:send(start()) end, ch, start)
local p = ch:recv(30)
print(ended(starter), talk(p, "one"), stop(p)) --> done	one	true

-- It waits in a channel while nobody has it.
ch = channel.new(1)
starter = thread.spawn(function(ch, start) ch:send(start()) end, ch, start)
print(ended(starter)) --> done
p = ch:recv(30)
print(talk(p, "two"), stop(p)) --> two	true

-- As a result; as an argument; as the upvalue of a function.
p = thread.spawn(function(start) return {program = start()} end, start):join().program
print(talk(p, "three"), stop(p)) --> three	true
p = thread.spawn(function(start, talk, stop)
  local q = start()
  return thread.spawn(function(q) return talk(q, "four"), stop(q) end, q)
end, start, talk, stop):join()
print(p:join()) --> four	true
p = thread.spawn(function(start)
  local q = start()
  return function(word) q:write(word, "\n") return q:read("l"), q end
end, start):join()
local word, q = p("five")
print(word, stop(q)) --> five	true

-- The thread that it was sent to last ends: so does the program, whoever else has it.
p = start()
print(ended(thread.spawn(function(p, talk) print(talk(p, "six")) end, p, talk))) --> six
--> done
print(p:wait(30).signal) --> 15

-- Sent back, it is here again.
p = start()
p = thread.spawn(function(p) return p end, p):join()
print(talk(p, "seven"), stop(p)) --> seven	true

-- Two have got it, and it is the second one's.
local go, back = channel.new(), channel.new()
local function hold(p, go, back)
  back:send("got")
  go:recv()
end
p = start()
local goFirst = channel.new()
local first = thread.spawn(hold, p, goFirst, back)
back:recv()
local second = thread.spawn(hold, p, go, back)
back:recv()
goFirst:send(1)
print(ended(first), talk(p, "eight")) --> done	eight
go:send(1)
print(ended(second), p:wait(30).signal) --> done	15

-- A message that nobody has got: the program is still the sender's.
ch = channel.new(0)
p = start()
print(ch:send(p, 0)) --> nil	timeout
collectgarbage()
print(talk(p, "nine"), stop(p)) --> nine	true

-- A message that is lost, and its sender has ended: nobody has the program.
local pid
local function lose()
  local lost = channel.new(1)
  pid = thread.spawn(function(ch, start)
    local p = start()
    ch:send(p)
    return p.pid
  end, lost, start):join()
end
lose()
collectgarbage()
collectgarbage()
print(gone(pid)) --> true

-- A result that nobody fetches.
local function drop()
  local pids = channel.new(1)
  ended(thread.spawn(function(start, pids)
    local p = start()
    pids:send(p.pid)
    return p
  end, start, pids))
  pid = pids:recv(30)
  print(alive(pid)) --> true
end
drop()
collectgarbage()
collectgarbage()
print(gone(pid)) --> true

-- The thread is cancelled, or ends: so does what it has started, with its group, after the grace the hard way.
local numbers = channel.new()
local t = thread.spawn(function(numbers)
  local p = process.popen({grace = 0.1}, "sh", "-c", "trap '' TERM; sleep 1000 & echo $!; while :; do sleep 0.1; done")
  numbers:send(p.pid)
  numbers:send(tonumber(p:read("l")))
  sleep(1000)
end, numbers)
local shell, sleeper = numbers:recv(30), numbers:recv(30)
t:cancel()
print(ended(t), gone(shell), gone(sleeper)) --> cancelled	true	true
pid = thread.spawn(function() return process.popen("sleep", "1000").pid end):join()
print(gone(pid)) --> true

-- A receiver that is cancelled before it has got anything takes nothing with it.
ch = channel.new(0)
local receiver = thread.spawn(function(ch) return ch:recv() end, ch)
repeat sleep(0.001) until receiver:status() == "waiting"
receiver:cancel()
ended(receiver)
p = start()
print(ch:send(p, 0), talk(p, "ten"), stop(p)) --> nil	ten	true

-- What is detached goes on.
local attached
p, attached = thread.spawn(function()
  local options = {detach = true, stdin = "null"}
  return process.popen(options, "sh", "-c", "exec sleep 1000").pid, process.popen("cat").pid
end):join()
print(gone(attached), alive(p)) --> true	true
local exe = "/proc/" .. process.pid() .. "/exe"
local out = process.run(exe, "-e", [[
  print(process.popen({detach = true, stdin = "null", stdout = "null", stderr = "null"}, "sleep", "1000").pid)
]]).stdout
local other = tonumber(out)
print(alive(other)) --> true
os.execute("kill " .. p .. " " .. other)
print(gone(p), gone(other)) --> true	true
print(pcall(process.run, {detach = true}, "true")) --> false	bad argument #1 to 'run' (unknown option 'detach' (known options: stdin, stdout, stderr, cwd, env, sandbox, grace, timeout, max_output))

-- The main state waits for what it got from a thread.
kept = thread.spawn(function()
  return process.popen({stdout = "inherit"}, "sh", "-c", "cat >/dev/null; sleep 0.05; echo at last")
end):join()
--> at last
