--! args: --simulate 1d
-- An error in an event leaves run; that event is gone, the others stay queued and run with the next run.
local now = 0
local s = sched.new(function() return now end, function(d) now = now + d end)
local ran = {}
for i = 1, 4 do
  s:enter(i, 1, function()
    if i % 2 == 0 then error("event " .. i, 0) end
    ran[#ran + 1] = i
  end)
end
print(pcall(s.run, s)) --> false	event 2
print(table.concat(ran, " "), #s:queue(), now == 2) --> 1	2	true
print(pcall(s.run, s)) --> false	event 4
print(table.concat(ran, " "), s:empty()) --> 1 3	true
print(pcall(s.run, s)) --> true

-- The same with the state's own scheduler, and with an error that is no string.
local object = {}
sched.enter(0, 1, error, object)
local never = sched.enter(3600, 1, print, "never")
local ok, e = pcall(sched.run)
print(ok, e == object, #sched.queue()) --> false	true	1
print(sched.cancel(never)) --> true
sched.enter(0, 1, function() sleep(0.001) error("after a sleep", 0) end)
sched.enter(0.001, 1, print, "the next one")
print(pcall(sched.run)) --> false	after a sleep
sched.run() --> the next one
