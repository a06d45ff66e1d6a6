-- Tasks that join each other in a ring: the one that closes the ring gets an error that names it, the others go on.
local function ring(names)
  local tasks = {}
  for i, name in ipairs(names) do
    tasks[i] = task.spawn({ name = name }, function()
      local next_one = tasks[i % #names + 1]
      local ok, e = pcall(next_one.join, next_one)
      return ok, e
    end)
  end
  local raised = {}
  for _, t in ipairs(tasks) do
    local ok, e = t:join()
    if not ok then raised[#raised + 1] = e end
  end
  return raised
end

-- The ring may be told from any of its members.
local function is_ring(e, names)
  local text = e.message:match("deadlock: ([^\n]*)")
  for start = 1, #names do
    local parts = {}
    for i = 0, #names do parts[#parts + 1] = names[(start + i - 1) % #names + 1] end
    if text == table.concat(parts, " -> ") then return true end
  end
  return text
end

for _, names in ipairs { { "a", "b" }, { "a", "b", "c" }, { "a", "b", "c", "d", "e" } } do
  local raised = ring(names)
  print(#raised, raised[1].kind, is_ring(raised[1], names))
end
--> 1	deadlock	true
--> 1	deadlock	true
--> 1	deadlock	true

-- A chain is no ring: joining one that waits for something else just waits.
local gate = channel.new()
local last = task.spawn(function() return gate:recv() end)
local second = task.spawn(function() return last:join() end)
local first = task.spawn(function() return second:join(), last:join() end)
task.yield()
gate:send("no deadlock")
print(first:join()) --> no deadlock	no deadlock
