-- The clock is read again after each delay: a delay that is too short is followed by another, a long one is no harm.
local now, delays = 0, {}
local s = sched.new(function() return now end, function(delay)
  delays[#delays + 1] = ("%g"):format(delay)
  now = now + math.min(delay, 1)
end)
s:enter(3, 1, function() delays[#delays + 1] = "event" end)
s:run()
print(table.concat(delays, " "), now == 3) --> 3 2 1 event 0	true

local t, log = 0, {}
local overslept = sched.new(function() return t end, function(delay) if delay > 0 then t = t + delay + 10 end end)
for i = 1, 3 do overslept:enter(i, 0, function() log[#log + 1] = ("%d at %g"):format(i, t) end) end
overslept:run()
print(table.concat(log, ", ")) --> 1 at 11, 2 at 11, 3 at 11

-- An earlier event entered during a delay runs first; a cancelled one does not run.
local clock, order = 0, {}
local late, own
own = sched.new(function() return clock end, function(delay)
  if clock == 0 then
    own:enterabs(1, 0, function() order[#order + 1] = "early" end)
    own:cancel(late)
    clock = 0.5
  else
    clock = clock + delay
  end
end)
late = own:enterabs(10, 0, function() order[#order + 1] = "late" end)
own:enterabs(10, 5, function() order[#order + 1] = "last" end)
own:run()
print(table.concat(order, ", "), clock == 10) --> early, last	true
