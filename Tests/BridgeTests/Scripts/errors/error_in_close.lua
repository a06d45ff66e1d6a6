-- Handlers of <close> variables run when a thread fails, and their effects are there before the join returns.
local log = channel.new()
local h = thread.spawn({ name = "dum" }, function()
  thread.inbox:recv()
  local resource <close> = setmetatable({}, { __close = function(_, e) log:send("closed with " .. e) end })
  error("boom", 0)
end)
task.spawn(function() h:send("go") end) -- runs when the join below waits
local ok, e = pcall(h.join, h)
print(ok, e.message) --> false	boom
print(log:recv(0)) --> closed with boom

-- An error in a handler takes the place of the first, as in stock Lua.
local t = task.spawn(function()
  local resource <close> = setmetatable({}, { __close = function() error("from close", 0) end })
  error("boom", 0)
end)
ok, e = pcall(t.join, t)
print(ok, e.message) --> false	from close
