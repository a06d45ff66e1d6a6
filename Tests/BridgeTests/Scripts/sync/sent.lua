-- They travel by reference, and are equal as the same object. Guards stay in their state.
local things = {
  sync.lock(), sync.rwlock(), sync.semaphore(1), sync.event(), sync.barrier(1), sync.condition(), sync.once(print),
  shared.map(), shared.counter(),
}
local ch = channel.new()
for _, thing in ipairs(things) do
  ch:send({thing, thing})
  local back = ch:recv()
  io.write(tostring(back[1] == thing and rawequal(back[1], back[2])), " ")
end
print() --> true true true true true true true true true
thread.spawn(function()
  for i, thing in ipairs(things) do ch:send(thing) end
end):join()
for i, thing in ipairs(things) do io.write(tostring(ch:recv() == thing), " ") end
print() --> true true true true true true true true true
local held = things[1]:acquire()
print(pcall(ch.send, ch, held)) --> false	cannot send value: value is a userdata (guard)
local m = shared.map()
m:set("lock", things[1])
print(m:get("lock") == things[1]) --> true

-- The lock goes on when the state that made it has ended.
local lock = thread.spawn(function() local lock = sync.lock() return lock end):join()
print(lock:with(function() return "held" end)) --> held
print(pcall(lock.acquire, things[2])) --> false	bad argument #1 to 'acquire' (lock expected, got rwlock)
print(pcall(held.release, lock)) --> false	bad argument #1 to 'release' (guard expected, got lock)
