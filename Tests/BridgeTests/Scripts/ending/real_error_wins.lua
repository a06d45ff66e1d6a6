--! args: --simulate 1d
-- A real error on the way out beats the cancellation; the work has failed then.
local h = task.spawn({name = "fails"}, function()
  local x <close> = setmetatable({}, {__close = function() error("real", 0) end})
  sleep(1000)
end)
sleep(0)
h:cancel()
local ok, e = pcall(h.join, h)
print(h:status(), e.kind, e.message) --> failed	error	real

-- A result that is there wins as well.
local h = task.spawn(function()
  local x <close> = setmetatable({}, {__close = function() end})
  return "a result"
end)
sleep(0)
h:cancel()
print(h:join()) --> a result
