--! args: --simulate 1d --from 2027-06-01
-- When the span is over, all ends as after SIGTERM, and the status is 0.
local function ending(name)
  return setmetatable({}, {__close = function()
    sleep(1)
    print(name, timer.now())
  end})
end
local main <close> = ending("main")
thread.spawn(function()
  local thread <close> = ending("thread")
  sleep(1e9)
end)
process.spawn(function()
  local process <close> = ending("process")
  sleep(1e9)
end)
timer.every(6 * 3600, function() print(os.date("%F %T")) end)
sleep(1e9)
--> 2027-06-01 06:00:00
--> 2027-06-01 12:00:00
--> 2027-06-01 18:00:00
--> 2027-06-02 00:00:00
--> main	86401.0
--> thread	86401.0
--> process	86401.0
