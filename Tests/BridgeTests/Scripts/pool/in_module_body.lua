-- Where Lua cannot yield, the calls of a pool and supervisors do their work all the same: nothing else runs meanwhile.
local function others() print "another task" end
package.preload.calls = function()
  task.spawn(others)
  local pool = thread.pool(2)
  print(pool:submit(math.max, 3, 4):join()) --> 4
  local first, second = pool:submit(math.min, 3, 4), pool:submit(error, "boom", 0)
  print(first:wait(), second:wait(5)) --> done	failed
  for _ = 1, 20 do pool:submit(function() end) end
  pool:close()
  return 1
end
require "calls" --> another task
task.yield()

-- In a callback of C code.
do
  local pool <close> = thread.pool(1)
  print((("2 3"):gsub("%d", function(n) return pool:submit(function(m) return m * m end, tonumber(n)):join() end))) --> 4 9
  local h = pool:submit(function() thread.inbox:recv() end)
  print((("x"):gsub("x", function()
    h:cancel()
    return h:wait()
  end))) --> cancelled
end

-- In a finalizer, which must not wait for its own task.
do
  local pool <close> = thread.pool(1)
  local answer
  setmetatable({}, {__gc = function() answer = pool:submit(string.rep, "x", 3):join() end})
  collectgarbage()
  print(answer) --> xxx
end

-- A deadline passes while the thread waits.
local pool = thread.pool(1)
local h = pool:submit(function() thread.inbox:recv() end)
local ok, e = pcall(task.timeout, 0.05, string.gsub, "x", "x", function() h:join() end)
print(ok, e.kind, h:status()) --> false	timeout	waiting
h:cancel()
pool:close()
