-- The failure of a thread of a group ends busy loops in others.
local ok, e = pcall(function()
  local g <close> = task.group()
  g:thread(function() while true do end end)
  g:thread(function() error("first", 0) end)
end)
print(ok, e.message) --> false	first
