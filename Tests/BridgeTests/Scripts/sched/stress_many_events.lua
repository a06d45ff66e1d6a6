-- Stress: twenty thousand events entered in disorder, some cancelled, run in exact order on a fake clock.
local now = 0
local s = sched.new(function() return now end, function(d) now = now + d end)
local last_time, last_priority, last_number = -1, -1, -1
local ran = 0
local function event(time, priority, number)
  assert(now >= time)
  local later = time > last_time
    or time == last_time and (priority > last_priority or priority == last_priority and number > last_number)
  assert(later, "out of order")
  last_time, last_priority, last_number = time, priority, number
  ran = ran + 1
end
local events = {}
for i = 1, 20000 do
  local time, priority = i * 7919 % 500, i * 31 % 7
  events[i] = s:enterabs(time, priority, event, time, priority, i)
end
local cancelled = 0
for i = 1, 20000, 3 do
  assert(s:cancel(events[i]))
  assert(not s:cancel(events[i]))
  cancelled = cancelled + 1
end
print(#s:queue() == 20000 - cancelled) --> true
s:run()
print(ran == 20000 - cancelled, s:empty(), now == 499) --> true	true	true

-- A thousand events that re-enter themselves and cancel a neighbour.
local hits = 0
local neighbours = {}
local function again(i, left)
  hits = hits + 1
  if left > 0 then neighbours[i] = s:enter(1, 0, again, i, left - 1) end
end
for i = 1, 1000 do neighbours[i] = s:enter(1, 0, again, i, 3) end
s:run()
print(hits) --> 4000
