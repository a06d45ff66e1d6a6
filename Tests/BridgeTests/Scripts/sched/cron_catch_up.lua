-- Times that pass while the state is busy are made up for by one run, by all, or not counted as late within a minute.
--! stderr: luaconc: schedule 'one' missed
--! stderr: the state was busy, the machine slept, or its clock was set
local times, first, events = {}, {}, {}
for _, way in ipairs {"one", "all", "none"} do
  times[way] = {}
  events[way] = sched.cron("* * * * * *", {name = way, catch_up = way}, function()
    local list = times[way]
    list[#list + 1] = events[way].last
  end)
  first[way] = events[way].time
end
local start = os.time()
while os.time() < start + 4 do end
while #times.one == 0 or #times.none == 0 or #times.all < 3 do sleep(0.01) end
for _, event in pairs(events) do sched.cancel(event) end
for _, way in ipairs {"one", "all", "none"} do
  local list, missed = times[way], events[way].missed
  -- Each time has been run or missed, and none came twice or out of order.
  print(way, list[#list] - first[way] + 1 == #list + missed, missed >= 2)
  for i = 2, #list do assert(list[i] > list[i - 1]) end
end
--> one	true	true
--> all	true	false
--> none	true	true
