-- Closing wakes every waiting sender with an error of kind closed; what they had not yet sent is not in the channel.
local function send_to(ch, v)
  local ok, e = pcall(ch.send, ch, v)
  return ok, not ok and e.kind
end

for _, capacity in ipairs { 0, 1 } do
  local ch = channel.new(capacity)
  if capacity == 1 then ch:send("in the channel") end
  local waiting = {
    task.spawn(send_to, ch, "a"), task.spawn(send_to, ch, "b"), thread.spawn(send_to, ch, "c"),
  }
  for _, h in ipairs(waiting) do
    repeat sleep(0.0005) until h:status() == "waiting"
  end
  ch:close()
  for _, h in ipairs(waiting) do print(h:join()) end
  local list = {}
  for v in ch do list[#list + 1] = v end
  print(#list, list[1])
end
--> false	closed
--> false	closed
--> false	closed
--> 0	nil
--> false	closed
--> false	closed
--> false	closed
--> 1	in the channel
