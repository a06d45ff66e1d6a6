-- What programs have started goes with the process that runs them, however that ends; and so does what watches over it.
local processes = require "processes"
local luaconc = arg[-1]

-- The number of a process that a program has started, and the program's own.
local program = [[ {"sh", "-c", "sleep 1000 & echo $! $$; wait; true", stdout = "inherit"} ]]
local function started(line) return {line:match("(%d+) (%d+)")} end

local function awaitend(pids)
  local wanted = {}
  for _, pid in ipairs(pids) do wanted[tonumber(pid)] = true end
  repeat until #processes.list(function(p) return wanted[p.pid] and p.state ~= "Z" end) == 0
end

local ways = {
  "process.run" .. program,
  "process.popen" .. program .. "sleep(1000)",
  "thread.spawn(function() process.run" .. program .. "end):join()",
  "process.spawn(function() process.run" .. program .. "end):join()",
  "process.spawn(sleep, 0):join() process.spawn(function() process.popen" .. program .. "sleep(1000) end):join()",
}
for _, source in ipairs(ways) do
  for _, signal in ipairs{"KILL", "USR2"} do
    local p = process.popen{luaconc, "-e", source}
    local pids = started(p:read())
    assert(#pids == 2 and processes.lives(tonumber(pids[1])))
    assert(process.run("kill", "-" .. signal, p.pid).ok) -- it alone
    p:wait()
    awaitend(pids)
  end
end
print("all gone") --> all gone

-- A child that is killed, while its parent goes on.
for _, kill in ipairs{function(p) process.run("kill", "-KILL", p.pid) end, function(p) p:kill("KILL") end} do
  local p = process.spawn({stdout = "pipe", on_error = function() end}, function(program)
    load("process.run" .. program)()
  end, program)
  local pids = started(p.stdout:read())
  kill(p)
  print(p:wait()) --> failed
  awaitend(pids)
end
--> failed

-- Any number of programs; those that have ended, or could not be started, make room for others.
local p = process.popen{luaconc, "-e", [[
  for i = 1, 300 do
    if i % 3 == 1 then process.run("true") end
    if i % 3 == 2 then process.run("no-such-program") end
    if i % 3 == 0 then for _ = 1, 2 do process.popen]] .. program .. [[ end end
  end
  sleep(1000)
]]}
local all = {}
for _ = 1, 200 do table.move(started(p:read()), 1, 2, #all + 1, all) end
p:kill("KILL")
awaitend(all)
print(#all) --> 400

-- At an orderly end nothing is left of the guard, not even for init to wait for.
for _, ending in ipairs{"", "os.exit(0)", "error('end')"} do
  local p = process.popen{luaconc, "-e", "process.run('true') print('ready') io.read() " .. ending, stderr = "null"}
  p:read()
  local guards = processes.list(function(q) return q.parent == p.pid and q.name == "lua-guard" end)
  p:close_stdin()
  p:wait()
  print(#guards, #processes.list(function(q) return q.pid == guards[1].pid end)) --> 1	0
end
--> 1	0
--> 1	0
