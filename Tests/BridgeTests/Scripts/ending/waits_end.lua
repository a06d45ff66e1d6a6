-- Every call that waits ends with the work, also under pcall, in coroutines, and where Lua cannot be suspended.
local silent = channel.new(0)
local busy = task.spawn({daemon = true}, function() silent:recv() end)

local waits = {
  {"sleep", function() sleep(1000) end},
  {"recv", function() silent:recv() end},
  {"recv with a timeout", function() silent:recv(1000) end},
  {"for", function() for _ in silent do end end},
  {"send", function() channel.new(0):send(1) end},
  {"select", function() channel.select({silent, {channel.new(0), 1}}) end},
  {"join", function() task.spawn({daemon = true}, sleep, 1000):join() end},
  {"wait", function() task.spawn({daemon = true}, sleep, 1000):wait() end},
  {"timer", function() timer.after({daemon = true}, 1000, print):join() end},
  {"group", function() local g = task.group() g:task({daemon = true}, sleep, 1000) g:join() end},
  {"group place", function() local g = task.group({limit = 1}) g:task({daemon = true}, sleep, 1000) g:task(print) end},
  {"sched", function() local s = sched.new() s:enter(1000, 1, print) s:run() end},
  {"coroutine", function() coroutine.wrap(function() sleep(1000) end)() end},
  {"yield", function() while true do task.yield() end end},
  {"timeout", function() task.timeout(1000, sleep, 1000) end},
}
for _, case in ipairs(waits) do
  local name, wait = case[1], case[2]
  local rounds = 0
  local h = task.spawn({name = name}, function()
    while true do
      rounds = rounds + 1
      pcall(wait)
    end
  end)
  sleep(0)
  sleep(0)
  h:cancel()
  print(name, h:wait(), rounds == 1 or name == "yield")
end
--> sleep	cancelled	true
--> recv	cancelled	true
--> recv with a timeout	cancelled	true
--> for	cancelled	true
--> send	cancelled	true
--> select	cancelled	true
--> join	cancelled	true
--> wait	cancelled	true
--> timer	cancelled	true
--> group	cancelled	true
--> group place	cancelled	true
--> sched	cancelled	true
--> coroutine	cancelled	true
--> yield	cancelled	true
--> timeout	cancelled	true

-- These hold up their whole state.
for _, wait in ipairs {
  function() table.sort({2, 1}, function() sleep(1000) end) end,
  function() string.gsub("x", ".", function() sleep(1000) end) end,
  function() table.sort({2, 1}, function() channel.new():recv() end) end,
} do
  local ready = channel.new()
  local h = thread.spawn(function(wait)
    ready:send(true)
    while true do pcall(wait) end
  end, wait)
  ready:recv()
  h:cancel()
  print(h:wait())
end
--> cancelled
--> cancelled
--> cancelled
