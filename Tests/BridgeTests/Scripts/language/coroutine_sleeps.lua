--! args: --simulate 1d
-- A coroutine that sleeps is still the running one: status, running, isyieldable and its parent's status say so.
local co, id
co = coroutine.create(function(...)
  local parent = ...
  id = coroutine.running()
  print(id == co, coroutine.isyieldable(), coroutine.status(co)) --> true	true	running
  sleep(0.001)
  print(id == coroutine.running(), coroutine.isyieldable(), coroutine.status(co)) --> true	true	running
  print(coroutine.status(parent), select(2, coroutine.running())) --> normal	false
  local got = coroutine.yield("yielded")
  sleep(0.001)
  task.yield()
  return got, "returned"
end)
local main = coroutine.running()
print(coroutine.resume(co, main))
--> true	yielded
print(coroutine.status(co), coroutine.status(main)) --> suspended	running
print(coroutine.resume(co, nil)) --> true	nil	returned
print(coroutine.status(co)) --> dead

sleep(0.001)
print(coroutine.running() == main, select(2, coroutine.running())) --> true	true
print(pcall(coroutine.yield)) --> false	attempt to yield from outside a coroutine

-- The main chunk's running() and yield are the same after waiting inside a coroutine of a coroutine.
local outer = coroutine.wrap(function()
  local inner = coroutine.wrap(function()
    sleep(0.001)
    coroutine.yield("from inner")
    sleep(0.001)
  end)
  coroutine.yield(inner())
  inner()
  return "outer done"
end)
print(outer()) --> from inner
print(outer()) --> outer done
print(coroutine.running() == main) --> true
