-- A result that cannot be sent fails the work with an error that says so, for whoever joins it.
local function result_of(fn)
  local h = thread.spawn(function()
    thread.inbox:recv()
    return fn()
  end)
  task.spawn(function() h:send("go") end) -- runs when the join below waits
  local ok, e = pcall(h.join, h)
  return ok, e.kind, e.message:find("cannot send value", 1, true) ~= nil, h:status()
end

print(result_of(function() return coroutine.create(print) end)) --> false	error	true	failed
print(result_of(function() return 1, { out = io.stdout } end)) --> false	error	true	failed

-- A task hands its results over as they are.
local co = task.spawn(function() return coroutine.create(print) end):join()
print(type(co)) --> thread
