-- A program has its three streams and nothing else, no zombie stays, and nothing is left open here.
local file <close> = io.open("/dev/null")
local pipe <close> = io.popen("cat >/dev/null", "w")
local function count() return select(2, process.run("ls", "/proc/" .. process.pid() .. "/fd").stdout:gsub("\n", "")) end
print((process.run("sh", "-c", "echo /proc/self/fd/*").stdout:gsub("/proc/self/fd/", ""))) --> 0 1 2 3
--> 
local before = count()
local tasks = {}
for i = 1, 50 do
  tasks[i] = task.spawn(function()
    process.run{"cat", stdin = "x"}
    process.run("nope-no-such-program")
    local p = process.popen{"cat"}
    p:write("x\n")
    p:read()
  end)
end
for _, t in ipairs(tasks) do t:join() end
tasks = nil
collectgarbage()
collectgarbage()
-- Those that were opened end when their pipes are closed.
repeat sleep(0.01) until count() == before
print(require "processes".zombies()) --> 0
