--! args: --simulate 1d
-- Whoever waits for work without asking how it has ended does not hide its failure.
--! status 1
--! stderr: : nobody asks
--! stderr: luaconc: thread 'in a block': not closed
--! stderr: luaconc: thread 'late': nobody is there
do
  local pool <close> = thread.pool(1)
  pool:submit(error, "nobody asks", 0)
end
print("the pool has ended") --> the pool has ended

-- A handle whose block is left by another error.
local ok, e = pcall(function()
  local h <close> = thread.spawn({name = "in a block"}, function()
    local resource <close> = setmetatable({}, {__close = function() error("not closed", 0) end})
    sleep(1000)
  end)
  sleep(0.1)
  error("of the block", 0)
end)
print(e) --> of the block

-- The state whose `on_error` would be called has ended meanwhile.
local h = thread.spawn(function()
  thread.spawn({name = "late", on_error = print}, function()
    sleep(1)
    error("nobody is there", 0)
  end)
  sleep(1000)
end)
sleep(0.5)
h:cancel()
print(h:wait()) --> cancelled
sleep(1)

-- Failures of a group after the first one are told with it.
local ok, e = pcall(function()
  local g <close> = task.group()
  g:task({name = "second"}, function()
    local resource <close> = setmetatable({}, {__close = function() error("not closed", 0) end})
    sleep(1000)
  end)
  g:thread({name = "third"}, function()
    task.shield(function() sleep(1) error("failed as well", 0) end)
  end)
  g:task({name = "first"}, function() sleep(0.1) error("the first", 0) end)
end)
print(e.origin, e.message) --> first	the first
print(e.traceback:match("another one of the group has failed, too:\n(task 'second': not closed)")) --> task 'second': not closed
print(e.traceback:match("another one of the group has failed, too:\n(thread 'third': failed as well)")) --> thread 'third': failed as well

-- One that somebody asks about in time is no lost one.
local pool = thread.pool(1)
local h = pool:submit(error, "somebody asks", 0)
pool:close()
print(select(2, pcall(h.join, h)).message) --> somebody asks
