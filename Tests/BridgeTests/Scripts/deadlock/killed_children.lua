--! real: a child says after a tenth of a second that it has nothing to do
-- The death of a child that waits is no deadlock, whoever has killed it.
local function victim()
  local p = process.spawn(function() process.inbox:recv() end)
  sleep(0.15)
  return p, task.spawn(p.wait, p)
end
for round = 1, 8 do
  local p, waiting = victim()
  p:kill(round % 2 == 0 and "KILL" or "TERM")
  assert(p:wait() == "failed" and waiting:join() == "failed")
end
print "killed by handle" --> killed by handle
for round = 1, 8 do
  local p, waiting = victim()
  process.run("kill", round % 2 == 0 and "-KILL" or "-TERM", tostring(p.pid))
  assert(p:wait() == "failed" and waiting:join() == "failed")
end
print "killed by others" --> killed by others

-- A signal that does nothing leaves it as it was.
local p = process.spawn(function() process.inbox:recv() end)
sleep(0.15)
p:kill("WINCH")
local ok, e = pcall(p.join, p)
print(ok, e.kind) --> false	deadlock
p:kill("KILL")
print(p:wait()) --> failed
