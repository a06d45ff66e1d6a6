-- What a timer counts can be read in another thread while it ticks.
local done = channel.new()
local t = timer.every({times = 4}, 0.1, function() end)
local h = thread.spawn(function(t, done)
  local last, ordered = 0, true
  repeat
    local count, text = t.count, tostring(t)
    ordered = ordered and count >= last and t.missed >= 0 and t.errors == 0 and text:find("timer", 1, true) ~= nil
    last = count
  until done:recv(0)
  return ordered, last <= t.count
end, t, done)
t:join()
done:send(true)
print(h:join()) --> true	true
print(t.count, t:active()) --> 4	false
