--! args: --simulate 1d
-- The first failure cancels the rest and is raised, once all have ended.
local closed = channel.new()
local ok, e = pcall(function()
  local g <close> = task.group()
  for _, spawn in ipairs {g.task, g.thread} do
    spawn(g, function()
      local x <close> = setmetatable({}, {__close = function(_, e) closed:send(e.kind .. ": " .. e.message) end})
      sleep(1000)
    end)
  end
  g:task({name = "bad"}, function() sleep(0.02) error("oops", 0) end)
end)
print(ok, e.kind, e.message, e.origin) --> false	error	oops	bad
print(closed:recv()) --> cancelled: another one of the group has failed
print(closed:recv()) --> cancelled: another one of the group has failed

-- Leaving by an error cancels all and waits.
local rest
local ok, e = pcall(function()
  local g <close> = task.group()
  g:task(function()
    local x <close> = setmetatable({}, {__close = function() sleep(0.01) rest = "closed" end})
    sleep(1000)
  end)
  sleep(0)
  error("in the block", 0)
end)
print(ok, e, rest) --> false	in the block	closed

-- A member that was cancelled on its own is no failure.
do
  local g <close> = task.group()
  g:task(sleep, 1000):cancel()
end
print("no failure") --> no failure

-- Spawning into a group that has failed raises the failure.
local g = task.group()
g:task(error, "gone", 0)
sleep(0.01)
local ok, e = pcall(g.task, g, print)
print(ok, e.message) --> false	gone

-- Joining one's own group can never end.
local g = task.group()
g:task({name = "me"}, function() print(select(2, pcall(g.join, g)).message) end) --> deadlock: me -> its own group
g:join()

-- Whoever waits for a group may be cancelled; its block then cancels the group.
local inner
local h = task.spawn(function()
  local g <close> = task.group()
  inner = g:task(sleep, 1000)
end)
sleep(0.01)
h:cancel()
print(h:wait(), inner:status()) --> cancelled	cancelled
