-- Children killed at any moment, while they send and receive: nothing of the others is lost, nobody hangs.
math.randomseed(11)
local results = channel.new(16)
local jobs = channel.new(8)
local function echo(jobs, results)
  for job in jobs do results:send(job) end
end
-- Those that are to live carry all messages; those that are killed talk with themselves on channels of their own.
local living = {}
for i = 1, 2 do living[i] = process.spawn(echo, jobs, results) end
local killers = {}
for i = 1, 4 do
  killers[i] = task.spawn(function()
    for n = 1, 25 do
      local up, down = channel.new(4), channel.new(0)
      local p = process.spawn(function(up, down)
        task.spawn(function() for v in down do up:send(v) end end)
        for i = 1, math.huge do up:send(("x"):rep(i * 997 % 300000)) end
      end, up, down)
      task.spawn({daemon = true}, function() for i = 1, math.huge do down:send(i) end end)
      for _ = 1, math.random(0, 30) do up:recv(0.01) end
      p:kill("KILL")
      assert(p:wait() == "failed" and p:exitcode() == -9)
    end
  end)
end
local n = 3000
task.spawn(function()
  for i = 1, n do jobs:send(i) end
  jobs:close()
end)
local seen, count = {}, 0
for _ = 1, n do
  local job = results:recv()
  assert(not seen[job])
  seen[job] = true
  count = count + 1
end
for _, t in ipairs(killers) do t:join() end
for _, p in ipairs(living) do p:join() end
print(count, #results) --> 3000	0
