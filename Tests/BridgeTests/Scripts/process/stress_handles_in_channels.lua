--! real: pauses that spread the moments
-- Channels in messages of a channel while processes that receive them come and die: no message is torn, none lost but
-- what was received by one that died.
local ch, back = channel.new(8), channel.new()
local function work(ch, back)
  for m in ch do
    if m.own ~= ch then os.exit(9) end
    m.back:send(m.n)
  end
end
local answers, total = 0, 5000
local feeder = task.spawn(function()
  for n = 1, total do ch:send({ own = ch, back = back, new = channel.new(), me = task.current(), n = n }) end
end)
local counter = task.spawn({ daemon = true }, function()
  for _ in back do answers = answers + 1 end
end)
for _ = 1, 8 do
  local p = process.spawn(work, ch, back)
  sleep(0.01)
  p:kill("KILL")
  local ok, e = pcall(p.join, p)
  if ok or e.signal ~= 9 then print(ok, e) end
end
local last = process.spawn(work, ch, back)
feeder:join()
ch:close()
print(last:wait()) --> done
sleep(0)
print(answers > total / 2) --> true
