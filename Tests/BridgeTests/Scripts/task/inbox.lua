-- A task reads from task.inbox what was sent to its handle, in order, also what was sent before it started.
local reader = task.spawn(function()
  local got = {}
  for value in task.inbox do got[#got + 1] = tostring(value) end
  return table.concat(got, " ")
end)
print(reader:send("early"), reader.inbox:send(2), reader:send(false)) --> true	true	true
task.yield()
reader:send("later")
reader.inbox:close()
print(reader:join()) --> early 2 false later

-- Every task has its own; the main chunk too.
local main = task.current()
local one = task.spawn(function() main:send("to main") return task.inbox:recv() end)
local two = task.spawn(function() return task.inbox:recv() end)
two:send("for two")
one:send("for one")
print(one:join(), two:join(), task.inbox:recv()) --> for one	for two	to main
print(task.inbox:recv(0)) --> nil	timeout
