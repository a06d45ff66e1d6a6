-- An error value that cannot be sent is still an error: nothing is lost but the value itself.
local function caught(fn)
  local h = thread.spawn({ name = "dum" }, function()
    thread.inbox:recv()
    fn()
  end)
  task.spawn(function() h:send("go") end) -- runs when the join below waits
  local ok, e = pcall(h.join, h)
  return ok, e.kind, type(e.message), e.origin, h:status(), tostring(e):find("spawned at", 1, true) ~= nil
end

print(caught(function() error(coroutine.create(print)) end)) --> false	error	string	dum	failed	true
print(caught(function() error(io.stdout) end)) --> false	error	string	dum	failed	true
print(caught(function() error({ conn = coroutine.create(print) }) end)) --> false	error	string	dum	failed	true

-- With a __tostring, the message is what it says.
local h = thread.spawn(function()
  thread.inbox:recv()
  error(setmetatable({ conn = coroutine.create(print) }, { __tostring = function() return "no connection" end }))
end)
task.spawn(function() h:send("go") end)
local _, e = pcall(h.join, h)
print(e.message) --> no connection
