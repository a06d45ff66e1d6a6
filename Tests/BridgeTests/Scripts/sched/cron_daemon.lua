--! args: --simulate 1d
-- The program does not wait for a daemon, and a schedule of a thread ends with it.
sched.cron("0 0 1 1 *", {daemon = true}, print)
local worker = thread.spawn(function()
  local count = 0
  local event
  event = sched.cron("* * * * * *", {catch_up = "all"}, function()
    count = count + 1
    if count == 2 then sched.cancel(event) end
  end)
  sched.cron("0 0 1 1 *", {daemon = true}, print)
  return "started"
end)
print(worker:join()) --> started
local waiting = thread.spawn(function()
  sched.cron("0 0 1 1 *", print)
  sleep(1000)
end)
waiting:cancel()
print(waiting:wait()) --> cancelled
