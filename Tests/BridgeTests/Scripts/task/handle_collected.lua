--! args: --simulate 1d
-- A handle that is collected changes nothing about its work.
local results = channel.new()
for i = 1, 3 do
  task.spawn(function()
    task.yield()
    collectgarbage()
    results:send(i)
  end)
end
collectgarbage()
collectgarbage()
print(results:recv(), results:recv(), results:recv()) --> 1	2	3

-- Nor does collecting the channel on whose other side somebody waits.
local answer
do
  local private = channel.new()
  task.spawn(function() answer = private:recv() end)
  task.spawn(function() sleep(0.001) private:send("still here") end)
end
collectgarbage()
sleep(0.001)
collectgarbage()
repeat sleep(0.001) until answer
print(answer) --> still here
