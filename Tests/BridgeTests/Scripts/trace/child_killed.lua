-- A child that is killed leaves a trace that can be read, with what it had written, and the parent goes on.
local tracefile = require "tracefile"
local path = os.tmpname()
local source = [[
  local ready = channel.new()
  local child = process.spawn({name = "victim"}, function(ready)
    local n = 0
    while true do
      task.spawn(function() end):join()
      n = n + 1
      if n % 1000 == 0 then ready:send(n) end
    end
  end, ready)
  local function size() local f <close> = io.open(PATH, "rb") return f:seek "end" end
  repeat ready:recv() until size() > 60000
  child:kill("KILL")
  pcall(child.join, child)
  task.spawn({name = "after"}, function() end):join()
]]
local result = process.run(arg[-1], "--trace", path, "-e", "PATH = '" .. path .. "'", "-e", source)
print(result.code) --> 0
local events, by = tracefile.read(path, true)
local pids, after = {}, false
for _, e in ipairs(events) do
  pids[e.pid] = (pids[e.pid] or 0) + 1
  after = after or e.name == "task 'after'"
end
print(by.error[1].name, by.error[1].args.message) --> process 'victim'	killed by signal 9 (KILL)
local n = 0
for _, count in pairs(pids) do n = n + 1 assert(count > 2) end
print(n, after) --> 2	true
os.remove(path)
