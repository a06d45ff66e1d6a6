-- Stress: a thousand rings of two threads that close at the same moment are always told and never hang.
local function partner()
  for other in thread.inbox do
    return pcall(other.join, other)
  end
end

local rings = 0
for _ = 1, 1000 do
  local a, b = thread.spawn({ name = "a" }, partner), thread.spawn({ name = "b" }, partner)
  a:send(b)
  b:send(a)
  local ok_a, e_a = a:join()
  local ok_b, e_b = b:join()
  if not ok_a and e_a.kind == "deadlock" or not ok_b and e_b.kind == "deadlock" then rings = rings + 1 end
end
print(rings) --> 1000
