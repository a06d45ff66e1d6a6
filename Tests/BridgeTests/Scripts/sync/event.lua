-- A flag that is waited for.
local event = sync.event()
print((tostring(event):gsub("%d+", "N")), event:is_set()) --> event: N (not set)	false
print(event:wait(0)) --> nil	timeout
print(event:wait(0.005)) --> nil	timeout
local waiters = {}
for i, spawn in ipairs {task.spawn, thread.spawn, task.spawn} do
  waiters[i] = spawn(function() return event:wait() end)
end
event:set()
for _, w in ipairs(waiters) do print(w:join()) end
--> true
--> true
--> true
print((tostring(event):gsub("%d+", "N")), event:is_set()) --> event: N (set)	true
print(event:wait(), event:wait(0)) --> true	true
event:clear()
print(event:is_set(), event:wait(0)) --> false	nil	timeout
