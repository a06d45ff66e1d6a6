-- Only the task waits: others go on, in the same state.
local folder = os.tmpname()
os.remove(folder)
process.run("mkdir", folder)
local function pipe(i) return folder .. "/" .. i end
local tasks = {}
for i = 1, 10 do
  process.run("mkfifo", pipe(i))
  tasks[i] = task.spawn(function() return process.run("sh", "-c", "cat < " .. pipe(i)).stdout end)
end
local sum = 0
for i = 10, 1, -1 do
  assert(process.run("sh", "-c", "echo " .. i .. " > " .. pipe(i)).ok)
  sum = sum + tonumber((tasks[i]:join()))
end
print(sum) --> 55
process.run("rm", "-r", folder)

-- It works where Lua cannot yield, and in threads.
local t = {3, 1, 2}
table.sort(t, function(a, b) return process.run("test", a, "-lt", b).ok end)
print(table.concat(t, " ")) --> 1 2 3
print(thread.spawn(function() return process.run("echo", "thread").stdout end):join()) --> thread
--> 
