-- The file of a program that is killed can be read, whatever it was doing.
local tracefile = require "tracefile"
local path = os.tmpname()
local source = [[
  local ch = channel.new()
  thread.spawn(function(ch) while true do ch:send {1, 2} end end, ch)
  thread.spawn(function(ch) for _ in ch do task.spawn(function() end) end end, ch)
  process.spawn(function() while true do task.spawn(function() end):join() end end)
  timer.every(1, function() end)
  local up = 0
  while true do
    task.spawn(function() sleep(0) up = up + 1 end):join()
    if up % 100 == 0 then io.stdout:write(".") io.stdout:flush() end
  end
]]
local function size()
  local f <close> = io.open(path, "rb")
  return f:seek "end"
end
for round = 1, 8 do
  local p = process.popen{arg[-1], "--trace", path, "-e", source}
  p:read(1)
  -- It has written something; each round a little more.
  repeat p:read(1) until size() > round * 40000
  p:kill "KILL"
  assert(p:wait().signal == 9)
  local events = tracefile.read(path, true)
  assert(#events > 100 * round)
end
print "whole" --> whole
os.remove(path)
