--! args: --simulate 1d
-- sleep(0), sleep of a negative number and task.sleep are due at once, and let waiting tasks run.
local order = {}
task.spawn(function() order[#order + 1] = "task" end)
sleep(0)
sleep(-1)
task.sleep(-math.huge)
task.sleep(-1e-300)
order[#order + 1] = "main"
print(table.concat(order, " ")) --> task main
print(select("#", pcall(sleep, 0)) >= 1, (pcall(sleep, 0))) --> true	true
