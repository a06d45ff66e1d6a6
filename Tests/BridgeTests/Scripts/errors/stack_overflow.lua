-- A stack overflow in a thread is an error like any other: it arrives soon, with a traceback of bounded length.
local function deeper(n) return 1 + deeper(n + 1) end

local h = thread.spawn({ name = "dum" }, function()
  thread.inbox:recv()
  deeper(1)
end)
task.spawn(function() h:send("go") end) -- runs when the join below waits
local ok, e = pcall(h.join, h)
print(ok, e.kind, e.message:find("stack overflow", 1, true) ~= nil) --> false	error	true
print(#e.traceback < 100000, #tostring(e) < 200000) --> true	true

-- The same in a task; the state goes on.
local t = task.spawn(function() return deeper(1) end)
ok, e = pcall(t.join, t)
print(ok, e.kind, e.message:find("stack overflow", 1, true) ~= nil) --> false	error	true
print(thread.spawn(function() return "fine" end):join()) --> fine

-- A C stack overflow.
t = task.spawn(function() return (("x"):rep(10):gsub(".", function(c)
  local function again() return (c:gsub(".", again)) end
  return again()
end)) end)
ok, e = pcall(t.join, t)
print(ok, e.kind, e.message:find("overflow", 1, true) ~= nil) --> false	error	true
