--! real: deadlines of running code are those of the machine
-- Handlers get the error of kind timeout and run whole.
local ok, e = pcall(task.timeout, 0.01, function()
  local x <close> = setmetatable({}, {__close = function(_, e)
    sleep(0.03)
    print("closed", e.kind)
  end})
  while true do end
end)
--> closed	timeout
print(ok, e.kind) --> false	timeout

-- A handler's own error wins.
print(pcall(task.timeout, 0.01, function()
  local x <close> = setmetatable({}, {__close = function() error("in the handler", 0) end})
  sleep(1000)
end)) --> false	in the handler

-- Deadlines inside handlers work, and handlers may catch them.
pcall(task.timeout, 0.01, function()
  local x <close> = setmetatable({}, {__close = function()
    local ok, e = pcall(task.timeout, 0.01, sleep, 1000)
    print("inside", ok, e.kind, e.message)
    print("caught", pcall(error, "as ever", 0))
    local ok, e = pcall(task.timeout, 0.02, function() while true do end end)
    print("again", ok, e.kind)
    sleep(0.01)
    print("whole")
  end})
  sleep(1000)
end)
--> inside	false	timeout	timed out after 0.01 s
--> caught	false	as ever
--> again	false	timeout
--> whole
