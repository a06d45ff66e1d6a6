--! args: --simulate 1d
-- Close handlers of a task may block; they run in order, once, and see the error that passes.
local function guard(name)
  return setmetatable({}, {__close = function(_, e)
    sleep(0.001)
    print("close " .. name, type(e) == "table" and e.code or e)
  end})
end
local worker = task.spawn(function()
  local a <close> = guard("a")
  local b <close> = guard("b")
  task.yield()
  return "result"
end)
print(worker:join())
--> close b	nil
--> close a	nil
--> result

local failing = task.spawn(function()
  local c <close> = guard("c")
  sleep(0.001)
  error({code = 5})
end)
print(select(2, pcall(failing.join, failing)).value.code)
--> close c	5
--> 5

-- A handler may spawn and join.
do
  local d <close> = setmetatable({}, {__close = function()
    print("joined", task.spawn(function() task.yield() return "in a handler" end):join())
  end})
end
--> joined	in a handler
