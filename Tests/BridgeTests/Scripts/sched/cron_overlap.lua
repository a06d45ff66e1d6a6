--! args: --simulate 1d
-- What happens when the last run still goes on: the next one is left out, waits for its turn, or runs beside it.
--! stderr: luaconc: schedule 'skip' missed a run: its last run still went on
local done = channel.new()
local function schedule(overlap, body)
  local running, most, event = 0, 0, nil
  event = sched.cron("* * * * * *", {name = overlap or "skip", overlap = overlap, catch_up = "all"}, function()
    running = running + 1
    most = math.max(most, running)
    if body(event) then
      sched.cancel(event)
      done:send({event.name, most, event.missed})
    end
    running = running - 1
  end)
  return event
end
-- The first run goes on until two times have come.
local function outlast(event)
  local from = event.last
  while os.time() < from + 2 or event.time < from + 3 do sleep(0.02) end
end

schedule(nil, function(event)
  if event.count == 1 then outlast(event) else return true end
end)
local planned = {}
schedule("queue", function(event)
  planned[#planned + 1] = event.last
  if event.count == 1 then outlast(event) else return event.count == 4 end
end)
local second = channel.new()
schedule("parallel", function(event)
  if event.count == 1 then second:recv() elseif event.count == 2 then second:send(true) return true end
end)

local results = {}
for _ = 1, 3 do
  local result = done:recv()
  results[result[1]] = result
end
print(results.skip[2], results.skip[3] >= 1) --> 1	true
print(results.queue[2], results.queue[3]) --> 1	0
print(results.parallel[2], results.parallel[3]) --> 2	0
for i = 2, #planned do io.write(planned[i] - planned[1], " ") end
print() --> 1 2 3 
