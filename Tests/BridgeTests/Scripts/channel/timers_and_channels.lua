-- A chain of timer.after(0, ...) does not starve channels, nor do tasks that yield for ever.
local limit = timer.now() + 5 -- only if something is wrong
local stop, links = false, 0
local function link()
  links = links + 1
  if not stop and timer.now() < limit then timer.after(0, link) end
end
timer.after(0, link)

local busy = task.spawn(function()
  while not stop and timer.now() < limit do task.yield() end
end)

local ch = channel.new(1)
local h = thread.spawn(function(out)
  for i = 1, 50 do out:send(i) end
  out:close()
end, ch)
local n = 0
for _ in ch do n = n + 1 end
print(n, stop, timer.now() < limit) --> 50	false	true
stop = true
busy:join()
h:join()
