-- An error value that is a table arrives in e.value, as a copy, with its class.
local Failure = {}
Failure.__index = Failure
Failure.__tostring = function(self) return "failure " .. self.code end
function Failure:retry() return self.code < 500 and "retry" or "give up" end

local function caught(h)
  task.spawn(function() h:send("go") end) -- runs when the join below waits
  local _, e = pcall(h.join, h)
  return e
end

local e = caught(thread.spawn({ name = "dum" }, function()
  thread.inbox:recv()
  error(setmetatable({ code = 404, detail = { "a", "b" } }, Failure))
end))
print(e.kind, e.message, e.origin) --> error	failure 404	dum
print(e.value.code, e.value.detail[2], e.value:retry(), tostring(e.value)) --> 404	b	retry	failure 404
print(tostring(e):match("^[^\n]*")) --> thread 'dum': failure 404

-- A table without __tostring: the message is some string, the value is whole.
e = caught(thread.spawn(function()
  thread.inbox:recv()
  local t = { code = 1 }
  t.self = t
  error(t)
end))
print(e.kind, type(e.message), e.value.code, e.value.self == e.value) --> error	string	1	true

-- The same in a task.
local t = task.spawn(function() error({ code = 2 }) end)
local _, f = pcall(t.join, t)
print(f.kind, f.value.code, getmetatable(f) == getmetatable(e)) --> error	2	true

-- A table that looks like an error object is a value like any other.
t = task.spawn(function() error({ kind = "timeout", message = "mine", code = 3 }) end)
_, f = pcall(t.join, t)
print(f.kind, f.value.kind, f.value.message, f.value.code) --> error	timeout	mine	3
