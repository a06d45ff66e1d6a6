-- Leaving the block waits; leaving it by an error ends the program first.
do
  local p <close> = process.popen{"sh", "-c", "cat >/dev/null; sleep 0.05"}
  p:write("text")
end
local p
local ok, message = pcall(function()
  local q <close> = process.popen{"sleep", "1000"}
  p = q
  error("out", 0)
end)
print(ok, message, p:wait().signal) --> false	out	15

-- Several may wait; a thread may use the handle.
p = process.popen{"cat"}
local waiting = task.spawn(function() return p:wait().code end)
print(thread.spawn(function(p)
  p:write("from a thread\n")
  local line = p:read()
  p:close_stdin()
  return line, p:wait().ok
end, p):join()) --> from a thread	true
print(waiting:join()) --> 0

-- At the end nobody can use it any more: its pipes are closed, and it is waited for.
process.popen{"sh", "-c", "cat; echo still here"}
kept = process.popen{"sh", "-c", "cat >/dev/null; sleep 0.05; echo done >&2"}
--! stderr: done
