-- A hundred thousand events are all there, if they come at a rate that the trace allows.
local tracefile = require "tracefile"
local path = os.tmpname()
local source = [[
  -- Longer turns than those that are noted together, in two threads.
  local function work()
    for i = 1, 14000 do
      task.spawn(function()
        local began = timer.now()
        repeat until timer.now() - began > 0.00015
      end):join()
    end
  end
  local a, b = thread.spawn(work), thread.spawn(work)
  a:join() b:join()
]]
local result = process.run(arg[-1], "--trace", path, "-e", source)
print(result.code) --> 0
local events, by = tracefile.read(path)
local long = 0
for _, e in ipairs(by.task) do if e.dur >= 149 then long = long + 1 end end
print(long >= 28000, #events >= 100000) --> true	true
os.remove(path)
--! needs speed
