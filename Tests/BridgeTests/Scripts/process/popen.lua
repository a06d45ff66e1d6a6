-- A live program: what it says comes as it says it, what it is told goes as it reads it.
local p = process.popen{"cat"}
print(tostring(p):match("^program: cat %(running%)$") ~= nil, math.type(p.pid)) --> true	integer
print(p:write("one\n", 2, "\nthree") == p) --> true
print(p:read()) --> one
print(p:read("L")) --> 2
--> 
print(p:read(3)) --> thr
p:close_stdin()
print(p:read("a")) --> ee
print(p:read("a") == "", p:read("l"), p:read(1)) --> true	nil	nil
local r = p:wait()
print(r.code, r.ok, p) --> 0	true	program: cat (exit code 0)
print(p:kill()) --> false

-- Lines as they come.
p = process.popen("sh", "-c", "while read line; do echo \"<$line>\"; done")
local lines = p:lines()
for _, word in ipairs {"a", "", "b c"} do
  p:write(word, "\n")
  print(lines())
end
--> <a>
--> <>
--> <b c>
print(p:wait(0)) --> nil	timeout
p:close_stdin()
print(lines(), p:wait().ok) --> nil	true

-- The last line need not end.
p = process.popen{"printf", "a\\nb"}
for line in p:lines() do print(line) end
--> a
--> b

-- Signals by name or number; they reach all that the program has started.
for _, signal in ipairs {"KILL", "SIGTERM", 1} do
  p = process.popen{"sh", "-c", "sleep 60; echo"}
  print(p:kill(signal), p:wait().signal, p:read("a") == "")
end
--> true	9	true
--> true	15	true
--> true	1	true
print(p) --> program: sh (killed by signal 1 (HUP))
print(pcall(p.kill, p, "NOPE")) --> false	bad argument #2 to 'kill' (unknown signal 'NOPE')
