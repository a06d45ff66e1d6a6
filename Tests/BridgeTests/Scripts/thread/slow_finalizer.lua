-- A thread whose state takes long to close holds nobody up, and may still be waited for.
local go, done = channel.new(), channel.new()
local sum = 0
for i = 1, 200 do
  thread.spawn(function(go, done)
    kept = setmetatable({}, {__gc = function() go:recv() done:send(true) end})
  end, go, done):join()
  sum = sum + thread.spawn(function(i) return i end, i):join()
  go:send(true)
  done:recv()
end
print(sum) --> 20100
