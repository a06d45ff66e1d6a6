--! args: --simulate 1d
-- thread.exit works from coroutines, metamethods, iterators and C callbacks, and nothing on the way swallows it.
local function ends_with(fn) return thread.spawn(fn):join() end
print(ends_with(function()
  coroutine.wrap(function() thread.exit("wrap") end)()
  return "never"
end)) --> wrap
print(ends_with(function()
  local co = coroutine.create(function() pcall(thread.exit, "resume") return "never" end)
  coroutine.resume(co)
  return "never"
end)) --> resume
print(ends_with(function()
  local co = coroutine.wrap(function()
    pcall(coroutine.wrap(function() sleep(0.001) thread.exit("deep") end))
  end)
  pcall(co)
  return "never"
end)) --> deep
print(ends_with(function()
  local object = setmetatable({}, {__index = function(_, k) thread.exit("index " .. k) end})
  return pcall(function() return object.x end)
end)) --> index x
print(ends_with(function()
  for _ in function() thread.exit("iterator") end do end
  return "never"
end)) --> iterator
print(ends_with(function()
  pcall(table.sort, {2, 1}, function() thread.exit("comparator") end)
  return "never"
end)) --> comparator
print(ends_with(function()
  local s = ("x"):gsub("x", function() thread.exit("callback") end)
  return s
end)) --> callback
print(ends_with(function()
  local function recurse(n) if n == 0 then thread.exit("recursion") end pcall(recurse, n - 1) return "never" end
  return recurse(100)
end)) --> recursion
-- A message handler is not asked, and may call it itself.
print(ends_with(function()
  xpcall(function() thread.exit("xpcall") end, function(m) return "handled: " .. tostring(m) end)
  return "never"
end)) --> xpcall
print(ends_with(function()
  xpcall(error, function() thread.exit("handler") end, "an error")
  return "never"
end)) --> handler
print(ends_with(function()
  setmetatable({}, {__gc = function() thread.exit("finalizer") end})
  collectgarbage()
  sleep(3600)
  return "never"
end)) --> finalizer
print(ends_with(function()
  setmetatable({}, {__gc = function() thread.exit("finalizer and loop") end})
  collectgarbage()
  pcall(function() while true do end end)
  return "never"
end)) --> finalizer and loop
