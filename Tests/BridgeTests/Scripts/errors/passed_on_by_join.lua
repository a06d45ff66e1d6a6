-- An error that a thread does not catch in join becomes its own error: what happened is still told, at every stage.
local function bottom()
  thread.inbox:recv()
  error("boom")
end
local h = thread.spawn({ name = "bottom" }, bottom)
local a = thread.spawn({ name = "a" }, function(work) return "result", work:join() end, h)
local b = thread.spawn({ name = "b" }, function(work) return "result", work:join() end, a)
repeat sleep(0.001) until a:status() == "waiting" and b:status() == "waiting"
task.spawn(function() h:send("go") end) -- runs when the join below waits
local ok, e = pcall(b.join, b)
print(ok, type(e), e.kind) --> false	table	error
print(tostring(e):find("passed_on_by_join.lua:4: boom", 1, true) ~= nil) --> true
local cause = e.value and e.value.value or e.value or e -- the first error, if it was wrapped on its way
print(tostring(cause):find("spawned at passed_on_by_join.lua:6", 1, true) ~= nil) --> true
print(h:status(), a:status(), b:status()) --> failed	failed	failed

-- One that catches it goes on.
local t = task.spawn(function() task.inbox:recv() error("bang", 0) end)
local catcher = task.spawn(function()
  local caught, err = pcall(t.join, t)
  return caught, err.message
end)
task.spawn(function() t:send("go") end)
print(catcher:join()) --> false	bang
--! args: --simulate 1d
