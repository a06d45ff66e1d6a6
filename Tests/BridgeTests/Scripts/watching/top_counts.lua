-- `--top` tells who computes, and how many messages are sent and received.
package.path = "lib/?.lua;" .. package.path
local watched = require "watched"
local folder = watched.folder()
local p = watched.start(folder, [[
  local ch = channel.new(100)
  thread.spawn({name = "receiver"}, function(ch) for _ in ch do end end, ch)
  thread.spawn({name = "idle"}, sleep, 1000)
  task.spawn(function() while true do ch:send({1}) end end)
  print("ready")
]], "--attachable")
local shown = watched.run(folder, "", "--once", "--top", tostring(p.pid))
local function figures(name)
  local cpu, _, messages = shown:match("\nthread '" .. name .. "' +(%d+)%% +([%d.]+K) +(%d+)k?\n")
  return tonumber(cpu), tonumber(messages)
end
for _, name in ipairs {"main", "receiver", "idle"} do
  local cpu, messages = figures(name)
  print(name, cpu > 0, messages > 0)
end
--> main	true	true
--> receiver	true	true
--> idle	false	false
p:kill("KILL")
p:wait()
watched.remove(folder)
