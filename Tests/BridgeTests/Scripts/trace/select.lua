-- A trace shows the messages of selects: received at once, also where Lua cannot yield, sent, and waited for.
local tracefile = require "tracefile"
local path = os.tmpname()
local source = [[
  local ch = channel.new()
  local function receive() assert(select(2, channel.select({ch})) == "m") end
  for i = 1, 3 do
    ch:send("m")
    receive()
  end
  for i = 1, 3 do
    ch:send("m")
    string.gsub("x", ".", receive)
  end
  for i = 1, 3 do
    channel.select({{ch, "m"}})
    assert(ch:recv() == "m")
  end
  -- Both wait: one for the other's message.
  local full = channel.new(0)
  for i = 1, 3 do
    local h = task.spawn(function() channel.select({{full, "m"}}) end)
    task.yield()
    assert(select(2, channel.select({full})) == "m")
    h:join()
  end
]]
local result = process.run(arg[-1], "--trace", path, "-e", source)
print(result.code, result.stderr) --> 0
local _, by = tracefile.read(path)
local sent, received = 0, 0
for _, e in ipairs(by.message) do
  if e.ph == "s" then sent = sent + 1 else received = received + 1 end
end
-- A send that was tried in vain before its select waited is shown, too.
print(received, sent >= received) --> 12	true
os.remove(path)
