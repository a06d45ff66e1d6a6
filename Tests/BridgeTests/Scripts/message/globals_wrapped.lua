-- What a script sets in the place of a standard function is in force in the states that it starts. The function that was
-- there before is still found by its name.
local p, s, r = print, sleep, require
function print(...) p("[log]", ...) end
function sleep(t) p("sleep", t) return s(t) end
function require(name) p("require", name) return r(name) end

local function work(original)
  print("x", original == print)
  sleep(0)
  require("string")
  return print, original
end
local wrapped, original = thread.spawn(work, p):join()
--> [log]	x	false
--> sleep	0
--> require	string
p(original == p) --> true
wrapped("back") --> [log]	back

-- In a child process, and in the states that those start.
process.spawn(function()
  print("child")
  thread.spawn(function() print("deep") end):join()
end):join()
--> [log]	child
--> [log]	deep

-- It comes in place of what came before, but not of what the other state has set itself.
local jobs = channel.new()
local h = thread.spawn(function(jobs)
  for job in jobs do job() end
end, jobs)
jobs:send(function() print(1) end)
jobs:send((function()
  local f = function(...) p("[new]", ...) end
  print = f
  return function() print(2) end
end)())
jobs:send(function() print = error end)
jobs:send(function() p(pcall(print, 3)) end)
jobs:close()
h:join()
--> [log]	1
--> [new]	2
--> false	3
