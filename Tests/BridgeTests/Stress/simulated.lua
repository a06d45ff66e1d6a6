-- What many states do on virtual time: each run prints the same.
local lines = channel.new(100)
local function say(...) print(timer.now(), ...) end

-- As Python's sched does it: events at the same instant, by priority.
for n = 1, 20 do
  sched.enter(n // 4 * 0.5, n % 3, function()
    say("event", n)
    if n % 5 == 0 then sched.enter(0.25, 1, say, "event of", n) end
  end)
end
timer.every({times = 40, jitter = 5}, 10, function() say("jitter") end)
sched.cron("*/7 * * * *", {jitter = 30, daemon = true}, function() say("cron", os.date("%T")) end)

for i = 1, 8 do
  thread.spawn({name = "thread " .. i}, function()
    for k = 1, 12 do
      sleep(math.random(1, 40) / 4)
      lines:send(("thread %d, %d, %g"):format(i, k, timer.now()))
      print("sent", i, k, timer.now())
    end
  end)
end
for i = 1, 3 do
  process.spawn({name = "process " .. i}, function()
    local own = channel.new()
    thread.spawn(function() for k = 1, 8 do sleep(i) own:send(k) end own:close() end)
    for k in own do
      lines:send(("process %d, %d, %g"):format(i, k, timer.now()))
      print("sent by a process", i, k, timer.now())
      sleep(math.random())
    end
  end)
end
for i = 1, 4 do
  thread.spawn(function()
    for _ = 1, 30 do
      local line, why = lines:recv(1 + i)
      print("got", i, line or why, timer.now())
    end
  end)
end
task.spawn(function()
  for n = 1, 50 do
    local ok, e = pcall(task.timeout, 3, sleep, math.random(1, 6))
    say("timeout", n, ok or e.kind)
  end
end)
