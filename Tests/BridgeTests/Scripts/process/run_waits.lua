-- Only the task waits: others go on, in the same state.
local ticks = 0
task.spawn({daemon = true}, function() while sleep(0.005) or true do ticks = ticks + 1 end end)
local tasks = {}
for i = 1, 10 do
  tasks[i] = task.spawn(function() return process.run("sh", "-c", "sleep 0.1; echo " .. i).stdout end)
end
local sum = 0
for i = 1, 10 do sum = sum + tonumber((tasks[i]:join())) end
print(sum, ticks > 3) --> 55	true

-- It works where Lua cannot yield, and in threads.
local t = {3, 1, 2}
table.sort(t, function(a, b) return process.run("test", a, "-lt", b).ok end)
print(table.concat(t, " ")) --> 1 2 3
print(thread.spawn(function() return process.run("echo", "thread").stdout end):join()) --> thread
--> 
