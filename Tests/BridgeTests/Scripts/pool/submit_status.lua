-- The status of a submitted call is that of the call: it is pending until a worker has it, then as the worker shows it.
-- A call that waits may run for a moment in between, so each look is repeated until it shows what it should.
local function until_status(h, status)
  while h:status() ~= status do sleep(0.001) end
  return status
end

local function try(pool)
  local go, fails = channel.new(), channel.new()
  local first = pool:submit(function(go) return go:recv() end, go)
  local second = pool:submit(function(fails)
    while #fails == 0 do end
    error("oh", 0)
  end, fails)
  local third = pool:submit(print)
  print(first:status(), second:status())
  until_status(first, "waiting")
  while not tostring(first):find("waiting", 1, true) do sleep(0.001) end
  print(second:status(), (tostring(first):gsub("%d+ .*", "N")))
  -- Others see the same.
  local function look(a, b) return until_status(a, "waiting"), b:status() end
  print(thread.spawn(look, first, second):join())
  print(process.spawn(look, first, second):join())
  go:send(true)
  until_status(second, "running")
  print(first:status(), third:status())
  third:cancel()
  print(third:wait())
  fails:send(true)
  print(second:wait(), second:status())
  pool:close()
end

try(thread.pool(1))
--> pending	pending
--> pending	task: task-N
--> waiting	pending
--> waiting	pending
--> done	pending
--> cancelled
--> failed	failed
try(process.pool(1))
--> pending	pending
--> pending	task: task-N
--> waiting	pending
--> waiting	pending
--> done	pending
--> cancelled
--> failed	failed
