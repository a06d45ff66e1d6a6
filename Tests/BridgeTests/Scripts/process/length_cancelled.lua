-- The length of a channel whose home is in another process is asked for there: that wait ends like any other.
local ch = channel.new()
ch:send(1)
ch:send(2)
local child = process.spawn(function(ch, parent)
  local before, text = #ch, tostring(ch)
  assert(text:find("2 queued", 1, true), text)
  process.run("kill", "-STOP", tostring(parent))
  repeat
    local file <close> = io.open("/proc/" .. parent .. "/stat")
  until file:read("a"):match(".*%) (%a)") == "T"
  local ok, e = pcall(task.timeout, 0.2, function() return #ch end)
  process.run("kill", "-CONT", tostring(parent))
  local sorted = {3, 1, 2}
  table.sort(sorted, function(a, b) return #ch == 2 and a < b end)  -- Lua cannot be suspended there
  return before, ok, e.kind, #ch, table.concat(sorted)
end, ch, process.pid())
print(child:join()) --> 2	false	timeout	2	123
