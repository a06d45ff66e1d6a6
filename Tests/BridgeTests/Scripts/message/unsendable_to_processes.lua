-- Timers, groups and running programs cannot leave their process. Nothing of such a message is sent.
local t, g, cat = timer.after(100, print), task.group(), process.popen("cat")
local function refusal(f, ...)
  local ok, e = pcall(f, ...)
  return ok or type(e) == "table" and e.message or e
end
print(refusal(process.spawn, print, 1, { t })) --> cannot send value: args[2][1] is a timer, which cannot leave its process
print(refusal(process.spawn, print, g)) --> cannot send value: args[1] is a group, which cannot leave its process
print(refusal(process.spawn, print, cat)) --> cannot send value: args[1] is a program, which cannot leave its process
print(refusal(process.spawn, function() return t end)) --> cannot send value: upvalue 't' is a timer, which cannot leave its process
owned = { t }
print(refusal(process.spawn, function() return owned end)) --> cannot send value: global 'owned'[1] is a timer, which cannot leave its process

-- Not through a channel that another process has either, in neither direction.
local ch, back = channel.new(), channel.new()
ch:send({ t })
local p = process.spawn(function(ch, back)
  local function say(ok, ...) back:send(ok or (...).message or (...)) end
  say(pcall(ch.recv, ch))
  say(pcall(ch.send, ch, 1))
  local t <close> = setmetatable({ timer.after(100, print) }, { __close = function(t) t[1]:cancel() end })
  say(pcall(back.send, back, { x = t[1] }))
  back:send(ch:recv())
  process.inbox:recv()
  return t[1]
end, ch, back)
print(refusal(ch.send, ch, { t })) --> cannot send value: value[1] is a timer, which cannot leave its process
print(refusal(channel.select, { { ch, t } })) --> cannot send value: value is a timer, which cannot leave its process
print(refusal(p.send, p, { n = t })) --> cannot send value: value.n is a timer, which cannot leave its process
-- What was sent before the other process had the channel is an error over there. The channel goes on.
print(back:recv()) --> cannot receive value: a timer cannot leave its process
print(back:recv()) --> true
print(back:recv()) --> cannot send value: value.x is a timer, which cannot leave its process
print(back:recv()) --> 1
p:send("end")
print(refusal(p.join, p)) --> cannot send value: results[1] is a timer, which cannot leave its process

-- Threads share them.
thread.spawn(function(t) return t:cancel() end, t):join()
print(t:active()) --> false
cat:kill()
