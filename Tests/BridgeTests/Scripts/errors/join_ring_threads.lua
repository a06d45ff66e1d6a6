-- Threads that join each other in a ring: it is told, by name, and all of them end.
local function partner()
  local other = thread.inbox:recv()
  local ok, e = pcall(other.join, other)
  if ok then return "joined" end
  return e.kind, e.message:match("deadlock: [^\n]*")
end

local function ring(a, b)
  a:send(b)
  b:send(a)
  local deadlocks, named = 0, 0
  for _, h in ipairs { a, b } do
    local what, message = h:join()
    if what == "deadlock" then
      deadlocks = deadlocks + 1
      if message == "deadlock: a -> b -> a" or message == "deadlock: b -> a -> b" then named = named + 1 end
    end
  end
  return deadlocks >= 1, named == deadlocks
end

print(ring(thread.spawn({ name = "a" }, partner), thread.spawn({ name = "b" }, partner))) --> true	true

-- A thread and a task of the main state.
local function task_partner()
  local other = task.inbox:recv()
  local ok, e = pcall(other.join, other)
  if ok then return "joined" end
  return e.kind, e.message:match("deadlock: [^\n]*")
end
print(ring(task.spawn({ name = "a" }, task_partner), thread.spawn({ name = "b" }, partner))) --> true	true
