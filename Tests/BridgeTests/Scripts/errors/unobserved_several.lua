-- Every unobserved error is printed, one does not hide the next; an observed one between them changes nothing.
--! status 1
--! stderr: first
--! stderr: second
--! stderr: third

for _, what in ipairs { "first", "second", "third" } do
  task.spawn(function() error(what) end)
  local t = task.spawn(function() error("observed") end)
  print((pcall(t.join, t)))
end
--> false
--> false
--> false
