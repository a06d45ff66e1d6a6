--! real: a handler of another process waits
-- A compiled module that answers an error in a callback with `exit` ends the program in order, or the thread that was
-- to end. With lua-luv, which says "Uncaught Error" of its own.
--! stderr: Uncaught Error
--! release
if not pcall(require, "luv") then
  io.stderr:write "Uncaught Error"
  print "5\ttidied up\nfailed\t7\ncancelled\ndone\n255\ttidied up" os.exit(0)
end
local bystander = [[
  local ready = channel.new()
  thread.spawn(function(ready)
    local handler <close> = setmetatable({}, { __close = function() sleep(0.01) print "tidied up" end })
    ready:send(true)
    sleep(1000)
  end, ready)
  ready:recv()
  local uv = require "luv"
]]
local function run(callback)
  local r = process.run(arg[-1], "-e", bystander .. "uv.new_timer():start(1, 0, function() " .. callback .. " end) uv.run()")
  return r.code, (r.stdout:gsub("\n", ""))
end
print(run("os.exit(5)")) --> 5	tidied up

-- In a child process.
local child = process.spawn(function()
  local uv = require "luv"
  uv.new_timer():start(1, 0, function() os.exit(7) end)
  uv.run()
end)
local _, e = pcall(child.join, child)
print(child:wait(), e.code) --> failed	7

local begun = channel.new()
local function uv_thread(before)
  local uv = require "luv"
  uv.new_timer():start(1, 1, function()
    if before then thread.exit(before) end
    if #begun == 0 then begun:send(true) end
  end)
  uv.run()
end
local h = thread.spawn(uv_thread)
begun:recv()
h:cancel()
print(h:wait(20)) --> cancelled
h = thread.spawn(uv_thread, true)
print(h:wait(20)) --> done
print(run("error('mine')")) --> 255	tidied up
os.exit(0)
