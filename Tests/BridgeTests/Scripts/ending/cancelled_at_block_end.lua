--! args: --simulate 1d
-- Whoever is cancelled while it waits at the end of a block passes that on to what the block waits for.
for _, where in ipairs {"task", "thread", "group"} do
  local inner
  local h = task.spawn(function()
    if where == "group" then
      local g <close> = task.group()
      inner = g:task(sleep, 1000)
    else
      local work <close> = (where == "task" and task or thread).spawn(function()
        local x <close> = setmetatable({}, {__close = function() sleep(0.01) end})
        sleep(1000)
      end)
      inner = work
    end
  end)
  sleep(0.01)
  h:cancel()
  print(where, h:wait(), inner:status())
end
--> task	cancelled	cancelled
--> thread	cancelled	cancelled
--> group	cancelled	cancelled

-- The same for a deadline.
local inner
print(select(2, pcall(task.timeout, 0.01, function()
  local work <close> = task.spawn(sleep, 1000)
  inner = work
end)).kind, inner:status()) --> timeout	cancelled
