-- Millions of messages and turns: what is not in the file is counted there.
local tracefile = require "tracefile"
local path = os.tmpname()
local source = [[
  local ch = channel.new()
  local sender = thread.spawn(function(ch) for i = 1, 300000 do ch:send(i) end ch:close() end, ch)
  local n = 0
  for _ in ch do n = n + 1 end
  assert(n == 300000)
  for i = 1, 100000 do task.spawn(function() end) end
  task.spawn(function() end):join()
]]
local result = process.run(arg[-1], "--trace", path, "-e", source)
print(result.code) --> 0
local events, by = tracefile.read(path)
local left, messages, turns, lost = 0, 0, 0, 0
for _, e in ipairs(by["left out"]) do
  left = left + e.args.messages
  lost = lost + e.args.events
end
for _, e in ipairs(by.message) do messages = messages + 1 end
for _, e in ipairs(by.turns) do turns = turns + e.args.count end
for _, e in ipairs(by.task) do turns = turns + 1 end
print(left + messages >= 590000, messages > 10, turns + lost >= 100000) --> true	true	true
os.remove(path)
