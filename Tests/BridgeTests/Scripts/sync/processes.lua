-- Objects of sync and shared stay in their process.
local things = {
  sync.lock(), sync.rwlock(), sync.semaphore(1), sync.event(), sync.barrier(1), sync.condition(), sync.once(print),
  shared.map(), shared.map("name"), shared.counter(),
}
for _, thing in ipairs(things) do print(pcall(process.spawn, print, thing)) end
--> false	cannot send value: args[1] is a lock, which cannot leave its process
--> false	cannot send value: args[1] is a rwlock, which cannot leave its process
--> false	cannot send value: args[1] is a semaphore, which cannot leave its process
--> false	cannot send value: args[1] is an event, which cannot leave its process
--> false	cannot send value: args[1] is a barrier, which cannot leave its process
--> false	cannot send value: args[1] is a condition, which cannot leave its process
--> false	cannot send value: args[1] is a once, which cannot leave its process
--> false	cannot send value: args[1] is a map, which cannot leave its process
--> false	cannot send value: args[1] is a map, which cannot leave its process
--> false	cannot send value: args[1] is a counter, which cannot leave its process
local lock = things[1]
print(pcall(process.spawn, function() lock:acquire() end))
--> false	cannot send value: upvalue 'lock' is a lock, which cannot leave its process
local p <close> = process.spawn(function() return process.inbox:recv() end)
print(pcall(p.send, p, {lock = lock}))
--> false	cannot send value: value.lock is a lock, which cannot leave its process
p:send("nothing")

-- A child has maps and locks of its own.
shared.map("name"):set("k", "parent")
print(process.spawn(function()
  local m = shared.map("name")
  local before = m:get("k")
  m:set("k", "child")
  return before, sync.lock():with(function() return m:get("k") end)
end):join()) --> nil	child
print(shared.map("name"):get("k")) --> parent
