--! args: --simulate 1d
-- Handlers have their grace: on the clock while they wait, by the machine's clock while they run.
local function stubborn(body)
  return function()
    local x <close> = setmetatable({}, {__close = body})
    sleep(1e6)
  end
end
local h = task.spawn({grace = 5}, stubborn(function() sleep(100) end))
sleep(1)
h:cancel()
print(h:wait(), timer.now()) --> cancelled	6.0
h = thread.spawn({grace = 0.05}, stubborn(function() while true do end end))
sleep(1)
h:cancel()
print(h:wait()) --> cancelled
h = process.spawn({grace = 3}, stubborn(function() sleep(2) end))
sleep(1)
local before = timer.now()
h:cancel()
print(h:wait(), timer.now() - before) --> cancelled	2.0

-- A grace that is not used up moves no clock.
h = task.spawn({grace = 0.1}, stubborn(function() sleep(0.05) end))
sleep(0)
h:cancel()
h:wait()
before = timer.now()
process.run("sleep", "0.3")
for _ = 1, 1e6 do end
print(timer.now() - before) --> 0.0
