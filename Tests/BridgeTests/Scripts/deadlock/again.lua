-- It is raised each time that everything stands still.
local ch = channel.new(1)
for _ = 1, 50 do
  local ok, e = pcall(ch.recv, ch)
  assert(not ok and e.kind == "deadlock")
end
ch:send("full")
local ok, e = pcall(ch.send, ch, "too much")
print(ok, e.kind) --> false	deadlock
print(#ch, ch:recv()) --> 1	full
