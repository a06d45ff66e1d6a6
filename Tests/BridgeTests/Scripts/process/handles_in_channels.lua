-- Channels and handles arrive in child processes through channels, too: those that wait, and those that come later.
local ch = channel.new()
local p = process.spawn(function(ch)
  for m in ch do
    m.channel:send(m.text)
    if m.work then m.work:send("to the task") end
  end
end, ch)
local back = channel.new()
for i = 1, 3 do ch:send({ channel = back, text = i }) end
print(back:recv(), back:recv(), back:recv()) --> 1	2	3
local t = task.spawn(function() return task.inbox:recv() end)
ch:send({ channel = channel.new(), text = "unread", work = t })
print(t:join()) --> to the task

-- A message that was on its way to a process that has died is received whole elsewhere.
local lost = channel.new(0)
local stuck = process.spawn(function(lost, ready)
  ready:send(true)
  sleep(100)
  lost:recv()
end, lost, back)
back:recv()
stuck:kill("KILL")
stuck:wait()
ch:send({ channel = lost, text = "whole" })
print(lost:recv()) --> whole

-- The channel in itself; and a rendezvous.
local own = channel.new(0)
local echo = process.spawn(function(own) return own:recv().own == own end, own)
own:send({ own = own })
print(echo:join()) --> true
ch:close()
p:join()
