--! args: --simulate 1d
-- A blocking call works at any depth of coroutines, resumed by create and resume or by wrap, mixed with pcall.
local function nest(depth)
  if depth == 0 then
    sleep(0.001)
    task.yield()
    return "bottom"
  end
  if depth % 2 == 0 then return coroutine.wrap(nest)(depth - 1) end
  local co = coroutine.create(function(d)
    return select(2, pcall(nest, d))
  end)
  local ok, result = coroutine.resume(co, depth - 1)
  return ok and result
end
print(nest(1), nest(2), nest(3), nest(40)) --> bottom	bottom	bottom	bottom

-- Values yielded half way up pass while deeper levels sleep.
local outer = coroutine.wrap(function()
  local inner = coroutine.wrap(function()
    for i = 1, 3 do
      sleep(0.001)
      coroutine.yield("inner " .. i)
    end
    return "inner done"
  end)
  for i = 1, 2 do
    coroutine.yield(inner(), "outer " .. i)
    sleep(0.001)
  end
  return inner(), inner()
end)
print(outer()) --> inner 1	outer 1
print(outer()) --> inner 2	outer 2
print(outer()) --> inner 3	inner done

-- Many tasks do it at the same time.
local tasks, sum = {}, 0
for i = 1, 50 do tasks[i] = task.spawn(function() nest(i % 7) return i end) end
for _, t in ipairs(tasks) do sum = sum + t:join() end
print(sum) --> 1275
