-- A failure inside a child that nobody there waits for is said there, and counts here.
--! status 1
--! stderr: task 'lost': spawn_child_unobserved.lua:5: boom
local p = process.spawn(function()
  task.spawn({name = "lost"}, function() error("boom") end)
  return "done"
end)
print(p:join()) --> done
