--! args: --simulate 1d
-- An error is observed by whoever joins it, in any state: the program ends with status 0.
local h = task.spawn({ name = "tis" }, function()
  task.inbox:recv()
  error("boom", 0)
end)
local joiner = thread.spawn(function(work)
  local ok, e = pcall(work.join, work)
  return ok, e.kind, e.message, e.origin
end, h)
repeat sleep(0.001) until joiner:status() == "waiting"
h:send("go")
print(joiner:join()) --> false	error	boom	tis
