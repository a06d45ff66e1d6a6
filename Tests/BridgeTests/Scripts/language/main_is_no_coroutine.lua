-- The main chunk is a task inside, but looks like stock Lua's main thread: it is no coroutine and cannot yield.
local main, is_main = coroutine.running()
print(type(main), is_main) --> thread	true
print(coroutine.isyieldable()) --> false
print(coroutine.status(main)) --> running
print(pcall(coroutine.yield, 1)) --> false	attempt to yield from outside a coroutine
print(coroutine.resume(main)) --> false	cannot resume non-suspended coroutine
print(pcall(coroutine.close, main)) --> false	cannot close a running coroutine
print(coroutine.isyieldable(main)) --> false

local co = coroutine.create(function()
  local me, inner_is_main = coroutine.running()
  print(me ~= main, inner_is_main) --> true	false
  print(coroutine.isyieldable()) --> true
  print(coroutine.status(main)) --> normal
  print(coroutine.resume(main)) --> false	cannot resume non-suspended coroutine
  print(pcall(coroutine.close, main)) --> false	cannot close a normal coroutine
  print(coroutine.isyieldable(main)) --> false
end)
print(coroutine.resume(co)) --> true
print(coroutine.running() == main) --> true

-- Also from inside functions, pcall and metamethods.
local probe = setmetatable({}, {__index = function() return select(2, coroutine.running()) end})
print(pcall(function() return probe.x, coroutine.isyieldable() end)) --> true	true	false
