-- Where no ring closes, the whole program is stopped as soon as nothing can go on, and each line is named.
--! status 1
--! stderr: luaconc: thread 'main': deadlock: nothing can go on any more
--! stderr:   thread 'main' at deadlock_report.lua:25: acquire of semaphore:
--! stderr:   task 'waiter' of thread 'main' at deadlock_report.lua:21: wait for event:
--! stderr:   task 'meeting' of thread 'main' at deadlock_report.lua:22: wait at barrier:
--! stderr:   task 'condition' of thread 'main' at deadlock_report.lua:23: wait for condition:
--! stderr:   thread 'reader' at deadlock_report.lua:14: acquire of rwlock:
local rw, event, permits = sync.rwlock(), sync.event(), sync.semaphore(0)
local barrier, condition = sync.barrier(2), sync.condition()
local writing = rw:write()
local reader = thread.spawn({name = "reader"}, function()
  event:set()
  rw:read()
end)
event:wait()
event:clear()
-- Nobody is left who could go on:
local function start(name, fn) task.spawn({name = name}, fn) end

start("waiter", function() event:wait() end)
start("meeting", function() barrier:wait() end)
start("condition", function() local held <close> = condition:acquire() condition:wait() end)
sleep(0.01)
permits:acquire()
--! args: --simulate 1d
