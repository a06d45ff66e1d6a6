--! args: --simulate 1d
-- Deadlines nest; the nearer wins, whichever it is.
local function kind(fn) local ok, e = pcall(fn) return ok or e.message end
print(kind(function()
  task.timeout(1000, function() task.timeout(0.01, sleep, 1000) end)
end)) --> timed out after 0.01 s
print(kind(function()
  task.timeout(0.01, function() task.timeout(1000, sleep, 1000) end)
end)) --> timed out after 0.01 s

-- The inner one is over, and the outer goes on.
print(task.timeout(1000, function()
  return kind(function() task.timeout(0.01, sleep, 1000) end) .. ", then more"
end)) --> timed out after 0.01 s, then more

-- A pcall inside does not keep the outer one away.
print(kind(function()
  task.timeout(0.02, function()
    while true do pcall(task.timeout, 0.001, sleep, 1000) end
  end)
end)) --> timed out after 0.02 s

-- A cancellation from outside beats a deadline inside.
local h = task.spawn(function()
  task.timeout(1000, function() pcall(task.timeout, 1000, sleep, 1000) end)
end)
sleep(0)
h:cancel()
print(h:wait()) --> cancelled
