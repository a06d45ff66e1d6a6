-- An event may enter itself anew: the way to a repeating job. run goes on until none is left.
local now, runs = 0, {}
local s = sched.new(function() return now end, function(d) now = now + d end)
local function job(left)
  runs[#runs + 1] = ("%g"):format(now)
  if left > 1 then s:enter(60, 1, job, left - 1) end
end
s:enter(60, 1, job, 5)
s:run()
print(table.concat(runs, " ")) --> 60 120 180 240 300

local count = 0
local function real()
  count = count + 1
  if count < 3 then sched.enter(0.002, 1, real) end
end
sched.enter(0.002, 1, real)
sched.run()
print(count, sched.empty()) --> 3	true

-- What an event enters for now runs after what was due already.
local log = {}
local function note(word) log[#log + 1] = word end
s:enter(0, 1, function() note("one") s:enter(0, 1, note, "three") s:enter(0, 0, note, "before two by priority") end)
s:enter(0, 1, note, "two")
s:run()
print(table.concat(log, ", ")) --> one, before two by priority, two, three
