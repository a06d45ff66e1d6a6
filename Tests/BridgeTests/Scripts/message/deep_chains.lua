-- Depth through keys, metatables and upvalues is bounded by memory, not by the C stack.
local n = 50000

local function build(wrap)
  local inner = {}
  for _ = 1, n do inner = wrap(inner) end
  return inner
end

local function by_key(t)
  local count, key = 0, next(t)
  while key do t, count, key = key, count + 1, next(key) end
  return count
end

local function by_metatable(t)
  local count, meta = 0, getmetatable(t)
  while meta do count, meta = count + 1, getmetatable(meta) end
  return count
end

local function by_upvalue(f)
  local count = 0
  while type(f) == "function" do f, count = f(), count + 1 end
  return count
end

local function fate(count, value)
  local ok, result = pcall(function() return thread.spawn(count, value):join() end)
  if ok then return result == n or result end
  return #tostring(result) > 0 -- refused with a clear error
end

print(fate(by_key, build(function(t) return { [t] = true } end))) --> true
print(fate(by_metatable, build(function(t) return setmetatable({}, t) end))) --> true
print(fate(by_upvalue, build(function(t) return function() return t end end))) --> true
--! needs speed
