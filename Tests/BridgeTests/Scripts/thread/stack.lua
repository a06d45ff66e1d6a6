-- A thread has the stack of the main thread: what fits into the one fits into the other.
--! release
local function words(n)
  local lpeg = require "lpeg"
  local p = lpeg.P(false)
  for i = 1, n do p = p + lpeg.P("w" .. i .. " ") end
  return p:match("w" .. n .. " ")
end
print(words(8000), thread.spawn(words, 8000):join()) --> 7	7

-- With little address space there are as many threads as before.
local r = process.run("sh", "-c", "ulimit -v 2000000; exec " .. arg[-1] .. [[ -e '
  local all = {}
  for i = 1, 100 do all[i] = thread.spawn(function() return thread.inbox:recv() end) end
  local sum = 0
  for i = 1, 100 do all[i]:send(i) end
  for i = 1, 100 do sum = sum + all[i]:join() end
  print(sum)']])
io.write(r.stdout, r.stderr) --> 5050
