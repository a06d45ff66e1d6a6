--! args: --simulate 1d
-- A debug hook stays set while its task or coroutine sleeps, and does not fire in others.
local function mine() end
local hits = 0
debug.sethook(function()
  if debug.getinfo(2, "f").func == mine then hits = hits + 1 end
end, "c")
mine()
sleep(0.001)
mine()
task.yield()
mine()

local other = task.spawn(function() mine() mine() return (debug.gethook()) end)
print(other:join()) --> nil
debug.sethook()
print(hits) --> 3

local inner_hits = 0
local co = coroutine.wrap(function()
  debug.sethook(function()
    if debug.getinfo(2, "f").func == mine then inner_hits = inner_hits + 1 end
  end, "c")
  mine()
  sleep(0.001)
  mine()
  coroutine.yield()
  mine()
end)
co()
mine()
co()
print(inner_hits) --> 3
