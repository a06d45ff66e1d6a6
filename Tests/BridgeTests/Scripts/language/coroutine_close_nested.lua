-- Coroutines that are closed one within the other, more than there is room for: an error, as in later versions of Lua.
local function nest(depth)
  local outer = false
  for _ = 1, depth do
    local inner = outer
    outer = coroutine.create(function()
      local x <close> = setmetatable({}, {__close = function()
        local ok, e = true, nil
        if inner then ok, e = coroutine.close(inner) end
        if not ok then error(e, 0) end
      end})
      coroutine.yield()
    end)
    coroutine.resume(outer)
  end
  return outer
end
print(coroutine.close(nest(60))) --> true
print(coroutine.close(nest(150))) --> false	coroutine_close_nested.lua:9: C stack overflow
print(task.spawn(function() return coroutine.close(nest(150)) end):join()) --> false	coroutine_close_nested.lua:9: C stack overflow

-- Closed by failures of their callers.
local function fail(depth)
  local x <close> = setmetatable({}, {__close = function()
    if depth > 0 then coroutine.wrap(fail)(depth - 1) end
  end})
  error("level " .. depth, 0)
end
local function last_part(depth) return select(2, pcall(coroutine.wrap(fail), depth)):match("[%w ]+$") end
print(last_part(30)) -->  level 0
print(last_part(150)) -->  C stack overflow
print(coroutine.close(nest(60))) --> true
