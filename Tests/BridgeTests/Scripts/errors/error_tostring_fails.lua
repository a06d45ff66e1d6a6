-- An error value whose __tostring fails, or returns no string, is still an error that arrives.
local function caught(fn)
  local h = thread.spawn({ name = "dum" }, function()
    thread.inbox:recv()
    fn()
  end)
  task.spawn(function() h:send("go") end) -- runs when the join below waits
  local ok, e = pcall(h.join, h)
  return ok, e.kind, type(e.message), type(e.value) == "table" and e.value.code, tostring(e):find("dum", 1, true) ~= nil
end

print(caught(function() error(setmetatable({ code = 1 }, { __tostring = function() error("inner") end })) end))
--> false	error	string	1	true
print(caught(function() error(setmetatable({ code = 2 }, { __tostring = function() return {} end })) end))
--> false	error	string	2	true
print(caught(function() error(setmetatable({ code = 3 }, { __tostring = function() error({}) end })) end))
--> false	error	string	3	true
print(caught(function() error(setmetatable({ code = 4 }, { __tostring = "not callable" })) end))
--> false	error	string	4	true
print(caught(function() error(setmetatable({ code = 5 }, { __name = "MyError" })) end))
--> false	error	string	5	true

-- A __tostring that overflows the stack.
print(caught(function()
  local value = setmetatable({ code = 6 }, {})
  getmetatable(value).__tostring = function(v) return tostring(v) .. "." end
  error(value)
end)) --> false	error	string	6	true

local t = task.spawn(function() error(setmetatable({ code = 7 }, { __tostring = function() error("inner") end })) end)
local ok, e = pcall(t.join, t)
print(ok, e.kind, type(e.message), e.value.code) --> false	error	string	7
