-- Error values of every kind: nil, numbers, booleans, functions, a channel.
local function caught(fn, ...)
  local h = thread.spawn(function(f, ...)
    thread.inbox:recv()
    f(...)
  end, fn, ...)
  task.spawn(function() h:send("go") end) -- runs when the join below waits
  local ok, e = pcall(h.join, h)
  assert(not ok and type(e) == "table" and type(e.message) == "string" and #tostring(e) > 0 and type(e.traceback) == "string")
  return e
end

local e = caught(error, nil)
print(e.kind, e.value) --> error	nil
e = caught(error)
print(e.kind, e.value) --> error	nil
e = caught(error, 42)
print(e.kind, e.value, math.type(e.value), e.message) --> error	42	integer	42
e = caught(error, 2.0)
print(e.value, math.type(e.value)) --> 2.0	float
e = caught(error, 1 << 60)
print(e.value == 1 << 60) --> true
e = caught(error, false)
print(e.kind, e.value) --> error	false
e = caught(error, true)
print(e.kind, e.value) --> error	true
e = caught(error, function() return "from the function" end)
print(e.kind, e.value()) --> error	from the function
local ch = channel.new()
e = caught(error, ch)
print(e.kind, e.value == ch) --> error	true

-- In a task as well.
for _, value in ipairs { 42, false, true } do
  local t = task.spawn(error, value)
  local _, f = pcall(t.join, t)
  print(f.kind, f.value, type(f.message))
end
--> error	42	string
--> error	false	string
--> error	true	string
local t = task.spawn(error)
local ok, f = pcall(t.join, t)
print(ok, f.kind, f.value, type(f.message), t:status()) --> false	error	nil	string	failed
