-- A handle is sent by a function that holds most of the stack. There is no room to copy the task's many results: whoever
-- gets the handle elsewhere hears of it, and at home they are as they were.
local values = {}
for i = 1, 900000 do values[i] = i end
local t = task.spawn(function() return table.unpack(values) end)
task.yield()
print(t:status()) --> done

local ch = channel.new(1)
local function send(...)
  ch:send(t)
  return (select("#", ...))
end
print(send(table.unpack(values, 1, 200000))) --> 200000

local reader = thread.spawn(function(ch)
  local _, problem = pcall(function() return ch:recv():join() end)
  return problem.kind, problem.message
end, ch)
print(reader:join()) --> memory	not enough memory
print(select("#", t:join()), (t:join())) --> 900000	1
