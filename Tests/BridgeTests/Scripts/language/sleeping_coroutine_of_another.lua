--! args: --simulate 1d
-- A coroutine that sleeps in one task cannot be resumed or closed by another task; nor does trying harm it.
local co = coroutine.create(function()
  sleep(0.02)
  coroutine.yield("slept")
  return "ended"
end)
local owner = task.spawn(function() return coroutine.resume(co) end)
task.yield()

print(coroutine.status(co) ~= "suspended", coroutine.status(co) ~= "dead") --> true	true
print(coroutine.resume(co)) --> false	cannot resume non-suspended coroutine
print((pcall(coroutine.close, co))) --> false
print(type(debug.traceback(co))) --> string

print(owner:join()) --> true	slept
print(coroutine.status(co)) --> suspended
print(coroutine.resume(co)) --> true	ended
print(coroutine.status(co)) --> dead
